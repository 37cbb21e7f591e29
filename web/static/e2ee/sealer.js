/**
 * The page's side of the worker: every sender and receiver of a call is led through it, keys go to it, counts come back.
 *
 * **It fails closed**: connections are made so that nothing flows without a transform (`configuration`), and one that cannot be attached throws before
 * anything was sent. **It does not believe the browser either**: what a connection has sent is compared with what the worker has sealed, and
 * `onBreach` is called when there is more.
 */
import { noCounts } from './transform.js';

/** @typedef {import('./bytes.js').Bytes} Bytes */
/** @typedef {import('./frame.js').Kind} Kind */
/** @typedef {import('./transform.js').Counts} Counts */
/** @typedef {import('./worker.js').FromWorker} FromWorker */
/** @typedef {import('./worker.js').ToWorker} ToWorker */

/**
 * What it needs of the browser.
 * @typedef {object} Browser
 * @property {() => Worker} worker a new one, of worker.js
 * @property {(new (worker: Worker, options: object) => any) | undefined} RTCRtpScriptTransform
 * @property {{ prototype: object } | undefined} RTCRtpSender
 * @property {(what: () => void, ms: number) => any} setTimeout
 * @property {(timer: any) => void} clearTimeout
 */

const watchedEvery = 1_000;

/** What a connection is made with: without it Chromium sends in clear whatever has no transform yet. */
export const configuration = { encodedInsertableStreams: true };

/** @param {Pick<Browser, 'RTCRtpScriptTransform' | 'RTCRtpSender'>} browser @returns {boolean} whether it can lead frames through a worker at all */
export const canSeal = ({ RTCRtpScriptTransform, RTCRtpSender }) => !!RTCRtpScriptTransform || (!!RTCRtpSender && 'createEncodedStreams' in RTCRtpSender.prototype);

export class Sealer {
  #browser;
  #worker;
  #around;
  #next = 1;
  /** @type {Map<RTCRtpSender, number>} */
  #senders = new Map();
  /** @type {((counts: Record<number, Counts>) => void)[]} who waits for counts */
  #asking = [];
  /** @type {any} */
  #watching = null;
  #breached = false;

  /**
   * @param {Browser} browser
   * @param {{ onSpent: () => void, onUnknown: (participant: string, epoch: number) => void, onCounts: (counts: Record<number, Counts>) => void, onBreach: () => void }} around
   *   onBreach: something was sent that was not sealed; nothing may be sent any more
   */
  constructor(browser, around) {
    this.#browser = browser;
    this.#around = around;
    this.#worker = browser.worker();
    this.#worker.onmessage = ({ data }) => this.#hear(data);
    this.#watch();
  }

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

  /** What this sender sends is sealed, from the first frame on; to be called in the task that made it. @param {RTCRtpSender} sender @param {Kind} kind */
  seal(sender, kind) {
    this.#senders.set(sender, this.#attach(sender, { does: 'seal', kind }));
  }

  /**
   * What this receiver receives is opened; to be called in the task that made it, or that is told of it first.
   * @param {RTCRtpReceiver} receiver @param {Kind} kind
   * @returns {{ id: number, expect: (participant: string | null, kind?: Kind) => void }} id: of its counts; expect: whose frames open here from now on; nobody's until it is called
   */
  open(receiver, kind) {
    const id = this.#attach(receiver, { does: 'open', kind });
    return { id, expect: (participant, of = kind) => this.#say({ type: 'expect', id, participant, kind: of }) };
  }

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

  /** @returns {Promise<Record<number, Counts>>} as they are after this call */
  #count() {
    const counted = new Promise((resolve) => this.#asking.push(resolve));
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
    /** @type {Map<number, number>} */
    const sent = new Map();
    for (const [sender, id] of this.#senders) {
      const stats = await sender.getStats().catch(() => null);
      // A sender of a connection that is gone.
      if (stats) sent.set(id, sentOf(stats));
    }
    if (![...sent.values()].some((frames) => frames > 0)) return;
    const counts = await this.#count();
    for (const [id, frames] of sent) {
      if (this.#breached || frames <= (counts[id] ?? noCounts()).passed) continue;
      this.#breached = true;
      this.#around.onBreach();
    }
  }

  /** The connection of these is gone. @param {(RTCRtpSender)[]} senders */
  drop(senders) {
    for (const sender of senders) {
      const id = this.#senders.get(sender);
      if (id !== undefined) this.#say({ type: 'gone', id });
      this.#senders.delete(sender);
    }
  }

  close() {
    this.#browser.clearTimeout(this.#watching);
    this.#watching = null;
    this.#worker.terminate();
  }
}

/** @param {RTCStatsReport} stats of one sender @returns {number} frames: of sound each is a packet */
function sentOf(stats) {
  let frames = 0;
  stats.forEach((one) => {
    if (one.type === 'outbound-rtp') frames += (one.kind === 'audio' ? one.packetsSent : one.framesSent) ?? 0;
  });
  return frames;
}
