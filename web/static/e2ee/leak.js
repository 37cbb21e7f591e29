/**
 * Whether a sender lets out what was not sealed: what the browser has counted, held against what the worker has.
 *
 * **Sound is held to the byte**: browsers count what they send of it behind the worker, and no padding. **Of pictures they count frames before the worker has
 * them**, and lose some on the way there; and they send packets of before again as padding, as if they were new. One look says nothing there: it is a leak
 * when in one after the other both grows, the frames that the worker never got and the bytes beyond what was sealed. Pure.
 */

/** @typedef {import('./transform.js').Counts} Counts */

/** What a connection has sent of one sender. frames: of pictures; bytes: payloads without padding and without what was sent again. @typedef {{ kind: 'audio' | 'video', frames: number, bytes: number, packets: number }} Sent */

/** Most that stands before the bytes of a picture in each packet (RFC 7741, section 4.2; of VP9 but for a key frame's first). */
const descriptor = 8;
/** So many looks in a row at what was made. */
const enough = 2;

export class Leak {
  /** What the two looks before saw. beyond: bytes that were not sealed. */
  #before = [{ frames: 0, beyond: 0 }, { frames: 0, beyond: 0 }];
  /** Frames that the worker did not get in all the time between two looks. */
  #lacking = 0;
  #growing = 0;

  /** @param {Sent} sent counted before the worker was asked: by then that has been sealed @param {Counts} counts @returns {boolean} */
  look({ kind, frames, bytes, packets }, { passed, dropped, bytes: sealed }) {
    if (kind === 'audio') return bytes > sealed;
    const [older, before] = this.#before;
    const beyond = bytes - sealed - packets * descriptor;
    const lacking = before.frames - Object.values(dropped).reduce((sum, n) => sum + n, passed);
    // Where no frame was made there is nothing to be seen.
    if (before.frames !== older.frames) this.#growing = lacking > Math.max(0, this.#lacking) && beyond > older.beyond ? this.#growing + 1 : 0;
    this.#lacking = lacking;
    this.#before = [before, { frames, beyond }];
    return this.#growing >= enough;
  }
}

/** @param {RTCStatsReport} stats of one sender @returns {Sent} */
export function sentOf(stats) {
  /** @type {Sent} */
  const sent = { kind: 'audio', frames: 0, bytes: 0, packets: 0 };
  stats.forEach((one) => {
    if (one.type !== 'outbound-rtp') return;
    sent.kind = one.kind;
    sent.frames += one.framesSent ?? 0;
    sent.bytes += (one.bytesSent ?? 0) - (one.retransmittedBytesSent ?? 0);
    sent.packets += one.packetsSent ?? 0;
  });
  return sent;
}
