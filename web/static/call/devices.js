/**
 * Microphone, camera and loudspeaker of this device, before and during a call.
 *
 * **Nothing is asked for before a choice was made**, and then in one question. **Sound survives a failing camera.** **One question at
 * a time**: two at once make iPhones take the first one's tracks away. **A camera that is off is let go**, so that its light goes out.
 * **A change of device is no failure**: `exchanging` says so while one kind may be without a track.
 *
 * Methods read their own signals with `peek`, so that an effect may call them without following what they change.
 */
import { batch, signal } from '../third_party/preact.js';
import { deviceError } from './device_error.js';
import { Level } from './level.js';

/** @typedef {import('./device_error.js').DeviceError} DeviceError */
/** @typedef {'mic' | 'cam'} Kind */
/** @template T @typedef {import('../third_party/preact.js').Signal<T>} Signal */

/** After this long without an answer the screen shows where to tap. */
const answerWithin = 8_000;
/** A camera may take as long to give its next picture. */
const takenAfter = 3_000;

const field = /** @type {const} */ ({ mic: 'audio', cam: 'video' });
const kinds = /** @type {const} */ (['mic', 'cam']);

const sound = { echoCancellation: true, noiseSuppression: true, autoGainControl: true };

export class Devices {
  #env;
  #level;
  /** Which device the person chose of several. @type {Partial<Record<Kind, string>>} */
  #chosen = {};
  /** Of the picture that the camera is asked for. */
  #height = 720;
  /** Questions to the browser, one after the other. @type {Promise<unknown>} */
  #turn = Promise.resolve();
  /** Rises when everything is let go: an answer to an older question is then of no use. */
  #round = 0;
  /** @type {any} until a camera without a picture counts as gone */
  #dark = null;
  /** When cameras were taken by others. @type {number[]} */
  #takings = [];
  #onChange = () => void this.#refresh();
  /** How many exchanges of a kind are under way. */
  #exchanges = { mic: 0, cam: 0 };

  /** @type {Signal<'av' | 'audio' | 'none' | null>} what was chosen */
  choice = signal(null);
  /** @type {Signal<'closed' | 'asking' | 'unanswered' | 'open' | 'failed'>} unanswered: the question stands for 8 s; a late answer still counts */
  state = signal('closed');
  /** @type {Signal<MediaStreamTrack | null>} */
  mic = signal(null);
  /** @type {Signal<MediaStreamTrack | null>} */
  cam = signal(null);
  /** @type {Signal<MediaStream | null>} one's own picture, without sound; a new object whenever the camera changed */
  preview = signal(null);
  /** @type {Signal<'user' | 'environment'>} mirror the picture for `user` alone */
  facing = signal('user');
  /** @type {Signal<{ kind: Kind, id: string, label: string }[]>} */
  list = signal([]);
  /** @type {Signal<{ kind: Kind, code: DeviceError } | null>} what is missing although it was chosen */
  problem = signal(null);
  /** Whether one device of a kind is giving way to another. @type {Record<Kind, Signal<boolean>>} */
  exchanging = { mic: signal(false), cam: signal(false) };

  /** @param {import('./env.js').Env} env */
  constructor(env) {
    this.#env = env;
    this.#level = new Level(env);
    /** @type {import('../third_party/preact.js').ReadonlySignal<number>} of the microphone, 0 to 1 */
    this.level = this.#level.level;
    /** @type {import('../third_party/preact.js').ReadonlySignal<boolean>} the microphone was heard at least once */
    this.heard = this.#level.heard;
  }

  /**
   * Asks the browser, once. A camera that fails leaves the sound, and the other way round: then `ok` with `problem`.
   * Call it inside a tap: the sound of the page is unlocked with it.
   * @param {'av' | 'audio' | 'none'} choice
   * @returns {Promise<{ ok: true } | { error: DeviceError }>}
   */
  async open(choice) {
    this.#release();
    this.#level.wake();
    this.choice.value = choice;
    if (choice === 'none') {
      this.state.value = 'open';
      return { ok: true };
    }
    this.state.value = 'asking';
    const wanted = choice === 'av' ? kinds : kinds.slice(0, 1);
    const round = this.#round;
    const answer = await this.#patiently(this.#first(wanted, round));
    if (answer !== 'unanswered') return answer;
    if (round === this.#round && this.state.peek() === 'asking') this.state.value = 'unanswered';
    return { error: answer };
  }

  /**
   * The first question: both in one, and each alone when they do not come together.
   * @param {readonly Kind[]} wanted
   * @param {number} round
   * @returns {Promise<{ ok: true } | { error: DeviceError }>}
   */
  async #first(wanted, round) {
    let error = await this.#take(wanted);
    if (error && error !== 'denied' && error !== 'insecure' && error !== 'in_app' && wanted.length > 1) {
      const missing = await this.#firstThatFails(wanted);
      if (missing) {
        if (round === this.#round) this.problem.value = missing;
        error = null;
      }
    }
    if (round === this.#round) this.state.value = error ? 'failed' : 'open';
    return error ? { error } : { ok: true };
  }

  /** @param {readonly Kind[]} wanted @returns {Promise<{ kind: Kind, code: DeviceError } | null>} null when none came at all */
  async #firstThatFails(wanted) {
    /** @type {{ kind: Kind, code: DeviceError }[]} */
    const failures = [];
    for (const kind of wanted) {
      const code = await this.#take([kind]);
      if (code) failures.push({ kind, code });
    }
    return failures.length === wanted.length ? null : (failures[0] ?? null);
  }

  /** @template T @param {Promise<T>} answer @returns {Promise<T | 'unanswered'>} */
  #patiently(answer) {
    return new Promise((resolve) => {
      const timer = this.#env.setTimeout(() => resolve('unanswered'), answerWithin);
      void answer.then((result) => {
        this.#env.clearTimeout(timer);
        resolve(result);
      });
    });
  }

  /**
   * Opens one device in a running call, or opens it again. `unanswered` after 8 s; a late answer still counts.
   * @param {Kind} kind
   * @returns {Promise<DeviceError | null>} null when it works
   */
  async start(kind) {
    if (this[kind].peek()) return null;
    const round = this.#round;
    /** @param {DeviceError | null} code */
    const tell = (code) => {
      if (round === this.#round) this.problem.value = code && { kind, code };
    };
    const asked = this.#take([kind]);
    const error = await this.#patiently(asked);
    tell(error);
    if (error === 'unanswered') void asked.then(tell);
    return error;
  }

  /** Lets one device go. @param {Kind} kind */
  stop(kind) {
    this.#put(kind, null);
  }

  /** The other camera of a phone. */
  async flip() {
    if (!this.cam.peek() || this.exchanging.cam.peek()) return;
    const before = this.facing.peek();
    await this.#exchange('cam', async () => {
      // A phone opens one camera at a time.
      this.#put('cam', null);
      this.#chosen.cam = undefined;
      this.facing.value = before === 'user' ? 'environment' : 'user';
      if (!(await this.#take(['cam']))) return null;
      this.facing.value = before;
      return this.#take(['cam']);
    });
  }

  /** Another device of this kind; the one before goes on until the new one is there, and stays when that does not come. @param {Kind} kind @param {string} id */
  async use(kind, id) {
    const before = this.#chosen[kind];
    await this.#exchange(kind, async () => {
      this.#chosen[kind] = id;
      const code = await this.#take([kind]);
      if (!code) return null;
      if (code === 'in_use' && this[kind].peek()) {
        // Some open only one at a time.
        this.#put(kind, null);
        if (!(await this.#take([kind]))) return null;
      }
      this.#chosen[kind] = before;
      return this[kind].peek() ? null : this.#take([kind]);
    });
  }

  /** The same device, asked for anew: the one at hand gives nothing any more, and stays when no other comes. @param {Kind} kind */
  async renew(kind) {
    if (this[kind].peek() && !this.exchanging[kind].peek()) await this.#exchange(kind, () => this.#take([kind]));
  }

  /** Whether the microphone gives nothing at all, not even noise. */
  get dead() {
    return this.#level.dead;
  }

  /** @param {Kind} kind @param {() => Promise<DeviceError | null>} exchange gives what is missing in the end */
  async #exchange(kind, exchange) {
    const round = this.#round;
    this.#exchanges[kind]++;
    this.exchanging[kind].value = true;
    const code = await exchange();
    if (round !== this.#round) return;
    this.#exchanges[kind]--;
    batch(() => {
      this.exchanging[kind].value = this.#exchanges[kind] > 0;
      if (code) this.problem.value = { kind, code };
    });
    // Unplugged while it took over.
    const track = this[kind].peek();
    if (track?.readyState === 'ended') void this.#ended(kind, track);
  }

  /**
   * How large a picture the camera is asked for, from now on: in the running one too, which goes on meanwhile.
   * @param {number} height 720 or 1080
   */
  async limit(height) {
    if (height === this.#height) return;
    this.#height = height;
    await this.#fit();
  }

  /** A camera that cannot stays as it is. */
  async #fit() {
    await this.cam.peek()?.applyConstraints(this.#picture()).catch(() => {});
  }

  /** Plays two soft notes. */
  testSpeaker() {
    return this.#level.playNotes();
  }

  /** Lets the page's sound begin, where the browser held it back until a tap. To be called inside one. */
  wake() {
    this.#level.wake();
  }

  close() {
    this.#release();
    this.#level.close();
  }

  #release() {
    this.#round++;
    this.#env.mediaDevices?.removeEventListener?.('devicechange', this.#onChange);
    batch(() => {
      for (const kind of kinds) {
        this.#put(kind, null);
        this.#exchanges[kind] = 0;
        this.exchanging[kind].value = false;
      }
      this.choice.value = null;
      this.state.value = 'closed';
      this.problem.value = null;
      this.list.value = [];
    });
  }

  /**
   * Asks for devices when nothing else is being asked; a question that the browser never answers, as with a hanging driver, holds up the
   * next as long as a person would be waited for.
   * @param {readonly Kind[]} wanted
   * @returns {Promise<DeviceError | null>}
   */
  #take(wanted) {
    const round = this.#round;
    const turn = this.#patiently(this.#turn).then(async () => {
      const { mediaDevices, browser } = this.#env;
      if (round !== this.#round) return 'unknown';
      if (!mediaDevices?.getUserMedia) return deviceError(null, browser);
      try {
        const height = this.#height;
        const stream = await mediaDevices.getUserMedia(this.#constraints(wanted));
        this.#accept(stream, round);
        if (height !== this.#height) void this.#fit();
        return null;
      } catch (error) {
        return deviceError(error, browser);
      }
    });
    this.#turn = turn;
    return /** @type {Promise<DeviceError | null>} */ (turn);
  }

  /** @param {readonly Kind[]} wanted @returns {MediaStreamConstraints} */
  #constraints(wanted) {
    /** @type {MediaStreamConstraints} */
    const constraints = {};
    // The chosen device is wished for, not demanded: it may have been unplugged.
    if (wanted.includes('mic')) constraints.audio = { ...sound, deviceId: this.#chosen.mic };
    if (wanted.includes('cam')) constraints.video = this.#picture();
    return constraints;
  }

  /** @returns {MediaTrackConstraints} of the camera */
  #picture() {
    const height = this.#env.browser.saveData ? 360 : this.#height;
    return {
      deviceId: this.#chosen.cam, facingMode: this.#chosen.cam ? undefined : this.facing.peek(),
      width: { ideal: (height * 16) / 9 }, height: { ideal: height }, frameRate: { ideal: 25, max: 30 },
    };
  }

  /** @param {MediaStream} stream @param {number} round */
  #accept(stream, round) {
    // The answer came after everything was let go: nobody must be left filmed.
    if (round !== this.#round) return stream.getTracks().forEach((track) => track.stop());
    batch(() => {
      for (const kind of kinds) {
        const [track] = kind === 'mic' ? stream.getAudioTracks() : stream.getVideoTracks();
        if (track) this.#put(kind, track);
      }
    });
    this.#env.mediaDevices?.addEventListener?.('devicechange', this.#onChange);
    void this.#refresh();
    // An iPhone can end the microphone's track when the camera is asked for alone.
    const mic = this.mic.peek();
    if (mic?.readyState === 'ended') this.#ended('mic', mic);
  }

  /** @param {Kind} kind @param {MediaStreamTrack | null} track */
  #put(kind, track) {
    const old = this[kind].peek();
    if (old === track) return;
    if (old) {
      if (kind === 'cam') this.#env.clearTimeout(this.#dark);
      old.onended = old.onmute = old.onunmute = null;
      old.stop();
    }
    if (track) {
      track.onended = () => this.#ended(kind, track);
      if (kind === 'cam') {
        track.contentHint = 'motion';
        this.#follow(track);
      }
      if (this.problem.peek()?.kind === kind) this.problem.value = null;
    }
    this[kind].value = track;
    if (kind === 'cam') this.preview.value = track && new this.#env.MediaStream([track]);
    else this.#level.listen(track);
  }

  /** A camera that gives no picture while the page is looked at was taken by another program: as good as unplugged. @param {MediaStreamTrack} track */
  #follow(track) {
    const wait = () => {
      this.#env.clearTimeout(this.#dark);
      this.#dark = this.#env.setTimeout(() => {
        if (!track.muted) return;
        if (this.#env.hidden()) wait();
        else void this.#taken(track);
      }, takenAfter);
    };
    track.onmute = wait;
    track.onunmute = () => this.#env.clearTimeout(this.#dark);
  }

  /** The same camera is asked for anew, twice a minute at most: who else wants it has it then. @param {MediaStreamTrack} track */
  async #taken(track) {
    const now = this.#env.now();
    this.#takings = [...this.#takings.filter((at) => now - at < 60_000), now];
    if (this.#takings.length <= 2) await this.renew('cam');
    if (this.cam.peek() !== track) return;
    this.#put('cam', null);
    this.problem.value = { kind: 'cam', code: 'in_use' };
  }

  /** Unplugged, or taken back: the default device takes over, if there is one and it is allowed. @param {Kind} kind @param {MediaStreamTrack} track */
  async #ended(kind, track) {
    // An iPhone ends the old one itself when another is asked for.
    if (this[kind].peek() !== track || this.exchanging[kind].peek()) return;
    this.#put(kind, null);
    this.#chosen[kind] = undefined;
    const round = this.#round;
    const code = await this.#take([kind]);
    if (code && round === this.#round) this.problem.value = { kind, code };
  }

  async #refresh() {
    const round = this.#round;
    const all = (await this.#env.mediaDevices?.enumerateDevices?.().catch(() => [])) ?? [];
    if (round !== this.#round) return;
    this.list.value = all.slice(0, 64).flatMap(({ kind, deviceId, label }) => {
      const found = kinds.find((own) => kind === `${field[own]}input`);
      return found && deviceId ? [{ kind: found, id: deviceId, label }] : [];
    });
  }
}
