/**
 * One's own screen, shown to the others.
 *
 * **Nothing is shown before the server agreed**: the browser asks which window, the server whether it may be, and only then it is sent.
 * **It ends whichever way it is ended**: here, in the browser's own bar, by a counsellor, with the seat. Owner of the signal `state`.
 */
import { signal } from '../third_party/preact.js';

/** @typedef {{ state: 'off' | 'asking' | 'on' | 'blocked', mutedBy?: 'counsellor' }} State */

/** What is asked of the browser: readable rather than smooth, with the sound of a tab where it gives that. */
const wish = { video: { frameRate: { max: 15 }, width: { max: 1920 }, height: { max: 1080 } }, audio: true };

export class Screen {
  #env;
  #send;
  #say;
  /** @type {MediaStream | null} */
  #stream = null;

  /** @type {import('../third_party/preact.js').Signal<State>} */
  state = signal({ state: 'off' });

  /**
   * @param {Pick<import('./env.js').Env, 'mediaDevices'>} env
   * @param {(kind: 'screen' | 'sound', track: MediaStreamTrack | null) => void} send
   * @param {(self: { screen: boolean }) => Promise<unknown>} say rejects when the server does not agree
   */
  constructor(env, send, say) {
    this.#env = env;
    this.#send = send;
    this.#say = say;
  }

  get supported() {
    return typeof this.#env.mediaDevices?.getDisplayMedia === 'function';
  }

  /** To be called inside a tap. Resolves when it is shown, or is not going to be. */
  async begin() {
    const { state } = this.state.peek();
    if (!this.supported || state === 'on' || state === 'asking') return;
    this.state.value = { state: 'asking' };
    let stream;
    try {
      stream = await /** @type {MediaDevices} */ (this.#env.mediaDevices).getDisplayMedia(wish);
    } catch (error) {
      // Who closes the browser's question has changed his mind; any other reason is worth a word.
      this.state.value = { state: /** @type {any} */ (error)?.name === 'NotAllowedError' ? 'off' : 'blocked' };
      return;
    }
    if (this.state.peek().state !== 'asking') return stop(stream);
    try {
      await this.#say({ screen: true });
    } catch {
      stop(stream);
      if (this.state.peek().state === 'asking') this.state.value = { state: 'blocked' };
      return;
    }
    const [picture] = stream.getVideoTracks();
    // Meanwhile it may have been given up here, or by whoever owns the window.
    if (this.state.peek().state !== 'asking' || !picture || picture.readyState === 'ended') {
      stop(stream);
      return this.end();
    }
    picture.contentHint = 'detail';
    picture.onended = () => void this.end();
    this.#stream = stream;
    this.state.value = { state: 'on' };
    this.#send('screen', picture);
    this.#send('sound', stream.getAudioTracks()[0] ?? null);
  }

  /** Shows nothing any more, and says so. */
  async end() {
    this.leave();
    await this.#say({ screen: false }).catch(() => {});
  }

  /** A counsellor ended it. */
  muted() {
    if (this.state.peek().state === 'off') return;
    this.leave();
    this.state.value = { state: 'off', mutedBy: 'counsellor' };
  }

  /** Put back, gone, or the server knows of no sharing: nothing is shown any more. */
  leave() {
    if (this.#stream) stop(this.#stream);
    this.#stream = null;
    this.#send('screen', null);
    this.#send('sound', null);
    this.state.value = { state: 'off' };
  }
}

/** @param {MediaStream} stream */
function stop(stream) {
  for (const track of stream.getTracks()) {
    track.onended = null;
    track.stop();
  }
}
