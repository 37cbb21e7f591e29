/**
 * One's camera is for the counsellors alone: said for as long as it is so, with the one way back.
 *
 * **Nobody but the person opens it again**, and it is said in words what others still hear.
 */
import { useEffect, useRef } from '../third_party/preact.js';
import { t } from '../i18n/i18n.js';
import { announce } from '../ui/announce.js';
import { primary, secondary } from '../ui/button.js';
import { notice } from '../ui/notice.js';
import { useAction } from './action.js';

/** @param {{ call: import('../call/call.js').Call }} props */
export function Reserved({ call }) {
  const reserved = call.camReserved.value;
  const before = useRef(reserved);
  const { error, run } = useAction();
  useEffect(() => {
    if (before.current && !reserved) announce(t('reserved.over'));
    before.current = reserved;
  }, [reserved]);
  if (!reserved) return null;
  const cam = call.cam.value;
  const on = cam.state === 'on';
  return [
    notice(
      { tone: 'info', icon: 'shield', live: true, 'data-test': 'reserved' },
      on ? t('reserved.on') : t('reserved.off'),
      !on && cam.state === 'off' && !cam.mutedBy && primary({ icon: 'camera', onClick: () => void call.setCam(true), 'data-test': 'reserved-cam' }, t('reserved.cam')),
      secondary({ icon: 'people', onClick: () => run(call.showToAll()), 'data-test': 'show-to-all' }, t('reserved.all')),
    ),
    error && notice({ tone: 'wrong', live: true }, error),
  ];
}
