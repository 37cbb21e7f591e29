/**
 * The page's side of the worker: every sender and receiver of a call is led through it, keys go to it, counts come back.
 *
 * **It fails closed**: connections are made so that nothing flows without a transform (`configuration`), and one that cannot be attached throws before
 * anything was sent. **It does not believe the browser either**: what a connection has sent is compared with what the worker has sealed, and
 * `onBreach` is called when there is more.
 */
import { kinds } from './frame.js';
import { Leak, sentOf } from './leak.js';
import { noCounts } from './transform.js';

/** @typedef {import('./bytes.js').Bytes} Bytes */
/** @typedef {import('./frame.js').Kind} Kind */
/** @typedef {import('./transform.js').Counts} Counts */
/** @typedef {import('./worker.js').FromWorker} FromWorker */
/** @typedef {import('./worker.js').ToWorker} ToWorker */

/** Of one receiver. id: of its counts; expect: whose frames open here from now on, and whether they are of a shared screen. @typedef {{ id: number, expect: (participant: string | null, screen?: boolean) => void }} Opening */

/**
 * What leads frames through a worker.
 * @typedef {object} Transforms
 * @property {() => Worker} worker a new one, of worker.js
 * @property {(new (worker: Worker, options: object) => any) | undefined} RTCRtpScriptTransform
 * @property {{ prototype: object } | undefined} RTCRtpSender
 */

/** @typedef {Transforms & Pick<import('../call/env.js').Env, 'setTimeout' | 'clearTimeout'>} Browser */

/** A leak is found within three of these, ms. */
const watchedEvery = 750;
/** A worker that says nothing for so long seals nothing either, ms. */
const answeredWithin = 10_000;

/** What a source is sealed as. @type {Record<'microphone' | 'camera' | 'screen' | 'screen_audio', Kind>} */
const kindOf = { microphone: kinds.microphone, camera: kinds.camera, screen: kinds.screen, screen_audio: kinds.sound };
/** What a receiver opens, of a person and of a shared screen. @type {Record<'audio' | 'video', [Kind, Kind]>} */
const kindsOf = { audio: [kinds.microphone, kinds.sound], video: [kinds.camera, kinds.screen] };

export class Sealer {
  #browser;
  #worker;
  #around;
  #next = 1;
  /** @type {Map<RTCRtpSender, number>} */
  #senders = new Map();
  /** @type {Map<RTCRtpReceiver, number>} */
  #receivers = new Map();
  /** Whose frames each receiver expects. @type {Map<number, string | null>} */
  #expected = new Map();
  /** @type {((counts: Record<number, Counts>) => void)[]} who waits for counts */
  #asking = [];
  /** By sender. @type {Map<number, Leak>} */
  #leaks = new Map();
  /** @type {any} */
  #watching = null;
  #breached = false;

  /**
   * @param {Browser} browser
   * @param {{ onSpent: () => void, onUnknown: (participant: string, epoch: number) => void, onCounts: (counts: Record<number, Counts>) => void, onBreach: () => void }} around
   *   onBreach: something was sent that was not sealed, or the worker failed; nothing may be sent any more
   */
  constructor(browser, around) {
    this.#browser = browser;
    this.#around = around;
    this.#worker = browser.worker();
    this.#worker.onmessage = ({ data }) => this.#hear(data);
    // It did not come over the line, or has a fault: nothing goes through it any more, and that has to be said.
    this.#worker.onerror = () => around.onBreach();
    this.#watch();
  }

  /** What a connection is made with: without it Chromium sends in clear whatever has no transform yet. */
  configuration = { encodedInsertableStreams: true };

  /** What the circle tells of keys. */
  frames = {
    /** @param {{ epoch: number, tag: number, secret: Bytes }} key */
    begin: (key) => this.#say({ type: 'begin', ...key }),
    end: () => this.#say({ type: 'end' }),
    /** @param {string} participant @param {{ epoch: number, tag: number, secret: Bytes }} key */
    learn: (participant, key) => this.#say({ type: 'learn', participant, ...key }),
    /** @param {string} participant */
    forget: (participant) => this.#say({ type: 'forget', participant }),
  };

  /** What this sender sends is sealed, from the first frame on; to be called in the task that made it. @param {RTCRtpSender} sender @param {keyof typeof kindOf} source */
  seal(sender, source) {
    this.#senders.set(sender, this.#attach(sender, { does: 'seal', kind: kindOf[source] }));
  }

  /**
   * What this receiver receives is opened; to be called in the task that made it, or that is told of it first.
   * @param {RTCRtpReceiver} receiver @param {'audio' | 'video'} media
   * @returns {Opening} nobody's frames open until it expects somebody
   */
  open(receiver, media) {
    const [kind, ofScreen] = kindsOf[media];
    const id = this.#attach(receiver, { does: 'open', kind });
    this.#receivers.set(receiver, id);
    return {
      id,
      expect: (participant, screen = false) => {
        this.#expected.set(id, participant);
        this.#say({ type: 'expect', id, participant, kind: screen ? ofScreen : kind });
      },
    };
  }

  /** @param {number} id @returns {string | null} */
  whose = (id) => this.#expected.get(id) ?? null;

  /** @param {RTCRtpSender | RTCRtpReceiver} end @param {{ does: 'seal' | 'open', kind: Kind }} use @returns {number} */
  #attach(end, use) {
    const options = { id: this.#next++, ...use };
    const { RTCRtpScriptTransform } = this.#browser;
    if (RTCRtpScriptTransform) {
      /** @type {any} */ (end).transform = new RTCRtpScriptTransform(this.#worker, options);
    } else {
      const { readable, writable } = /** @type {any} */ (end).createEncodedStreams();
      this.#say({ type: 'streams', readable, writable, options }, [readable, writable]);
    }
    return options.id;
  }

  /** @param {ToWorker} message @param {any[]} [transfer] */
  #say(message, transfer = []) {
    this.#worker.postMessage(message, transfer);
  }

  /** @param {FromWorker} message */
  #hear(message) {
    if (message.type === 'spent') this.#around.onSpent();
    else if (message.type === 'unknown') this.#around.onUnknown(message.participant, message.epoch);
    else {
      for (const heard of this.#asking.splice(0)) heard(message.counts);
      this.#around.onCounts(message.counts);
    }
  }

  /** @returns {Promise<Record<number, Counts> | null>} as they are after this call; null where the worker does not answer */
  #count() {
    const counted = new Promise((resolve) => {
      const timer = this.#browser.setTimeout(() => resolve(null), answeredWithin);
      this.#asking.push((/** @type {any} */ counts) => {
        this.#browser.clearTimeout(timer);
        resolve(counts);
      });
    });
    this.#say({ type: 'count' });
    return /** @type {Promise<any>} */ (counted);
  }

  #watch() {
    this.#watching = this.#browser.setTimeout(async () => {
      await this.#compare().catch(() => {});
      if (this.#watching !== null) this.#watch();
    }, watchedEvery);
  }

  /** What was sent is counted first: by then it has been sealed. */
  async #compare() {
    /** @type {Map<number, import('./leak.js').Sent>} */
    const sent = new Map();
    for (const [sender, id] of this.#senders) {
      const stats = await sender.getStats().catch(() => null);
      // A sender of a connection that is gone.
      if (stats) sent.set(id, sentOf(stats));
    }
    if (![...sent.values()].some(({ packets }) => packets > 0)) return;
    const counts = await this.#count();
    if (!counts) return this.#breach();
    // Of who was dropped meanwhile the worker has forgotten everything.
    const still = new Set(this.#senders.values());
    for (const [id, one] of sent) {
      if (!still.has(id)) continue;
      const leak = this.#leaks.get(id) ?? new Leak();
      this.#leaks.set(id, leak);
      if (leak.look(one, counts[id] ?? noCounts())) this.#breach();
    }
  }

  #breach() {
    if (this.#breached || this.#watching === null) return;
    this.#breached = true;
    this.#around.onBreach();
  }

  /** The connection of these is gone. @param {RTCRtpTransceiver[]} transceivers */
  drop(transceivers) {
    for (const { sender, receiver } of transceivers) {
      for (const id of [this.#senders.get(sender), this.#receivers.get(receiver)]) if (id !== undefined) this.#say({ type: 'gone', id });
      this.#expected.delete(this.#receivers.get(receiver) ?? 0);
      this.#leaks.delete(this.#senders.get(sender) ?? 0);
      this.#senders.delete(sender);
      this.#receivers.delete(receiver);
    }
  }

  close() {
    this.#browser.clearTimeout(this.#watching);
    this.#watching = null;
    this.#worker.terminate();
  }
}
