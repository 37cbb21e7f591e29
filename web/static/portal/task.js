/** One request at a time, as dialogs make it. */
import { useState } from '../third_party/preact.js';
import { failure } from './form.js';

/**
 * Runs one request at a time, and has the words for it when it failed.
 * @param {() => void} [onDone]
 */
export function useTask(onDone) {
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState('');
  /** @param {() => Promise<void>} task */
  const run = async (task) => {
    if (busy) return;
    setBusy(true);
    setError('');
    try {
      await task();
      onDone?.();
    } catch (reason) {
      setError(failure(reason));
    }
    setBusy(false);
  };
  return { busy, error, run };
}
