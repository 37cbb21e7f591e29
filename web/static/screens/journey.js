/**
 * A client's way from the link to the knock: which question comes next, and what was answered.
 *
 * **At most three taps and no typing**: go on, agree, choose. **Nothing is asked of camera or microphone before the choice**, and
 * nothing is sent before the knock but the check of the link. No DOM and no rendering: the screens read `step` and call methods.
 */
import { effect, signal } from '../third_party/preact.js';

/**
 * @typedef {'loading' | 'code' | 'invalid' | 'revoked' | 'early' | 'unreachable' | 'welcome' | 'pin' | 'consent' | 'refused' | 'media' | 'asking' | 'denied' | 'unsealed' | 'joined'} Step
 * `code`: there is no link, and a code is to be typed; `unsealed`: the room takes nobody whose browser cannot encrypt end to end; `refused`: the person would rather not take part; `joined`: from here on `call.phase` tells
 */

/** @typedef {import('../call/call.js').MediaChoice} MediaChoice */

/**
 * @typedef {object} World
 * @property {(entry: string) => Promise<import('../call/links.js').LinkCheck | { error: string }>} check
 * @property {(text: string) => Promise<string | null>} byCode what is shown at the door in a link's place; null: what was typed is no code
 * @property {(text: string) => Promise<string>} hash
 * @property {(entry: string, text: string) => Promise<import('../call/pin.js').Pass | { error: string, left?: number }>} pass
 * @property {Pick<Storage, 'getItem' | 'setItem' | 'removeItem'>} storage of this tab alone
 * @property {() => number} now milliseconds since 1970
 * @property {(callback: () => void, ms: number) => unknown} setTimeout
 * @property {() => string} language
 * @property {boolean} seals the browser can encrypt end to end
 */

/** Where the link's secret waits in the tab until a seat holds it (call/seat.js), so that a reload on the way is not the end of it. */
const kept = 'anteroom.link';

/** Longest wait of one timer, in milliseconds: sleeping phones stop timers, so the clock is looked at again and again. */
const nap = 15_000;

export class Journey {
  /**
   * @param {import('../call/call.js').Call} call
   * @param {import('../call/devices.js').Devices} devices
   * @param {World} world
   */
  constructor(call, devices, world) {
    this.call = call;
    this.devices = devices;
    this.world = world;
    /** @type {import('../third_party/preact.js').Signal<Step>} */
    this.step = signal('loading');
    /** @type {import('../third_party/preact.js').Signal<import('../call/links.js').LinkCheck | null>} */
    this.link = signal(null);
    /** How far the server's clock is ahead of this one, in milliseconds. */
    this.ahead = 0;
    /** @type {import('../third_party/preact.js').Signal<import('../call/devices.js').DeviceError | null>} why nothing could be opened */
    this.trouble = signal(null);
    /** @type {MediaChoice} */
    this.media = 'av';
    /** The link's places are taken, and it is tried again by itself. */
    this.patient = signal(false);
    /** Counts the answers given: what an older one brings is of no use. */
    this.attempt = 0;
    /** What was on in the call. */
    this.was = { mic: false, cam: false };
    /** What is shown at the door (call/entry.js). @type {string | null} */
    this.secret = null;
    /** @type {string | undefined} */
    this.consent = undefined;
    /** What the PIN gave, where one is asked for. @type {import('../call/pin.js').Pass | null} */
    this.pass = null;

    // What was on is on again after hanging up by mistake: nobody comes back silent without knowing.
    effect(() => {
      const on = { mic: call.mic.value.state === 'on', cam: call.cam.value.state === 'on' };
      if (call.phase.value === 'call') this.was = on;
    });

    // The camera's light goes out with the call, whatever ended it, and what the tab kept goes with it.
    effect(() => {
      const phase = call.phase.value;
      const code = phase === 'failed' ? call.failure.value : null;
      const full = code === 'link_full' && this.secret !== null;
      if (phase !== 'connecting') this.patient.value = full;
      // A page that was just closed holds its place for half a minute: one waits for it, and looks again.
      if (full) this.#lookAgain();
      else if (phase === 'ended' || phase === 'removed' || phase === 'withdrawn' || phase === 'replaced' || phase === 'left' || phase === 'failed') devices.close();
      if (phase === 'ended' || phase === 'removed' || phase === 'withdrawn' || code === 'link_invalid' || code === 'link_revoked') this.#forget();
      // What the PIN gave is worth nothing any more: from the beginning.
      if (code === 'pin_needed') {
        this.pass = null;
        this.secret ??= call.entry ?? null;
        void this.check();
      }
    });
  }

  /** Begins, or begins again after a reload. @param {string | null} secret of the address, if there was one @param {boolean} [typing] the page is for who types a code */
  async start(secret, typing) {
    if (!secret && (await this.call.resumeIfPossible({ devices: this.devices }))) {
      this.media = this.devices.choice.value ?? 'none';
      this.step.value = 'joined';
      return;
    }
    this.secret = secret ?? this.world.storage.getItem(kept);
    if (!this.secret) {
      this.step.value = typing ? 'code' : 'invalid';
      return;
    }
    this.world.storage.setItem(kept, this.secret);
    await this.check();
  }

  /** A code was typed. @param {string} text @returns {Promise<string | null>} why it leads nowhere now: `incomplete`, or the server's code; null: it goes on */
  async type(text) {
    const entry = await this.world.byCode(text);
    if (!entry) return 'incomplete';
    const answer = await this.world.check(entry);
    if ('error' in answer && answer.error !== 'link_revoked') return answer.error;
    this.secret = entry;
    this.world.storage.setItem(kept, entry);
    this.#follow(answer);
    return null;
  }

  /** Asks the server whether the link holds, and goes on to what follows from it. */
  async check() {
    if (!this.secret) return;
    this.#follow(await this.world.check(this.secret));
  }

  /** @param {import('../call/links.js').LinkCheck | { error: string }} answer about the link */
  #follow(answer) {
    if ('error' in answer) {
      if (answer.error === 'unavailable' || answer.error === 'too_fast') {
        this.step.value = 'unreachable';
        return;
      }
      this.#forget();
      this.step.value = answer.error === 'link_revoked' ? 'revoked' : 'invalid';
      return;
    }
    this.link.value = answer;
    this.ahead = answer.now - this.world.now();
    if (answer.sealed_only && !this.world.seals) {
      this.step.value = 'unsealed';
      return;
    }
    if (answer.status !== 'early') {
      this.step.value = 'welcome';
      return;
    }
    this.step.value = 'early';
    this.#waitFor(answer.opens_at ?? answer.now + nap);
  }

  /** Milliseconds until the waiting room opens. */
  left() {
    const opens = this.link.value?.opens_at ?? 0;
    return Math.max(0, opens - (this.world.now() + this.ahead));
  }

  /** @param {number} opens */
  #waitFor(opens) {
    const left = opens - (this.world.now() + this.ahead);
    this.world.setTimeout(() => {
      if (this.step.value !== 'early') return;
      if (opens - (this.world.now() + this.ahead) > 0) this.#waitFor(opens);
      else this.check();
    }, Math.max(250, Math.min(left, nap)));
  }

  /** From the welcome, and from the PIN. */
  next() {
    const { pin, consent } = this.link.value ?? {};
    this.step.value = pin && !this.pass ? 'pin' : consent === 'none' ? 'media' : 'consent';
  }

  /** A PIN was typed. @param {string} text @returns {Promise<{ error: string, left?: number } | null>} why they open nothing now; null: it goes on */
  async prove(text) {
    const answer = await this.world.pass(this.secret ?? '', text);
    if ('error' in answer) return answer;
    this.pass = answer;
    this.next();
    return null;
  }

  /** @param {string} text exactly what was shown */
  async agree(text) {
    this.consent = await this.world.hash(text);
    this.step.value = 'media';
  }

  refuse() {
    this.step.value = 'refused';
  }

  /** Back to the question before. */
  back() {
    const before = /** @type {Partial<Record<Step, Step>>} */ ({ consent: 'welcome', refused: 'consent', media: 'consent', denied: 'media' });
    const step = before[this.step.value];
    if (step) this.step.value = step === 'consent' && this.link.value?.consent === 'none' ? 'welcome' : step;
  }

  /** The answer to "How would you like to talk?". Asks the browser and knocks. @param {MediaChoice} media */
  async choose(media) {
    const attempt = ++this.attempt;
    this.media = media === 'av' && this.link.value?.sound_only ? 'audio' : media;
    this.trouble.value = null;
    // Without devices there is nothing to ask, and no screen to flash by.
    if (media !== 'none') this.step.value = 'asking';
    let answer = await this.devices.open(this.media);
    // No answer yet: the question still stands, and the screen shows where.
    if ('error' in answer && answer.error === 'unanswered') answer = await this.#lateAnswer();
    // In the meantime the person may have gone on without.
    if (this.attempt !== attempt) return;
    if ('error' in answer) {
      this.trouble.value = answer.error;
      this.step.value = 'denied';
      return;
    }
    await this.knock();
  }

  /** Asks for a seat in the waiting room; arriving is knocking. */
  async knock() {
    if (!this.secret) return;
    this.step.value = 'joined';
    await this.call.joinWithLink(this.secret, {
      lang: this.world.language(),
      media: this.media,
      consent: this.consent,
      wrapped: this.link.value?.wrapped_secret,
      devices: this.devices,
      ...this.pass,
    });
    // The seat is the only owner from here on; a link that got none waits on.
    if (this.call.phase.value !== 'failed') this.world.storage.removeItem(kept);
  }

  #lookAgain() {
    const { attempt } = this;
    this.world.setTimeout(() => {
      if (this.patient.value && this.attempt === attempt && this.call.phase.value === 'failed') void this.knock();
    }, nap);
  }

  /** Once more, after the service could not be reached. */
  async again() {
    if (this.step.value !== 'joined' || this.call.failure.value === 'early') {
      this.step.value = 'loading';
      await this.check();
      return;
    }
    await this.choose(this.media);
  }

  /** Back into the call from the page that says one has hung up. */
  async rejoin() {
    const { mic, cam } = this.was;
    await this.devices.open(this.media);
    await this.call.rejoin();
    if (this.call.phase.value !== 'call') return;
    if (mic) await this.call.setMic(true);
    if (cam) await this.call.setCam(true);
  }

  /** @returns {Promise<{ ok: true } | { error: import('../call/devices.js').DeviceError }>} */
  #lateAnswer() {
    return new Promise((resolve) => {
      const stop = this.devices.state.subscribe((state) => {
        if (state === 'unanswered' || state === 'asking') return;
        resolve(state === 'open' ? { ok: true } : { error: 'denied' });
        // It is called once before `stop` is there.
        queueMicrotask(() => stop());
      });
    });
  }

  #forget() {
    this.secret = null;
    this.world.storage.removeItem(kept);
  }
}
