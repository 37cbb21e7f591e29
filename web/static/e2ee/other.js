/** One of the others, while the server lists him with the same identity: what this page has found out of him. */

/** @typedef {import('./circle.js').Seat} Seat */
/** @typedef {import('./identity.js').Identity} Identity */

export class Other {
  /** @type {Identity | null} */ identity = null;
  /** @type {import('./link.js').Link | null} */ link = null;
  /** He claims to speak for the room, with the room's secret: believed when he is heard. */
  claims = false;
  /** Found by this page: he has his link, or the room's secret; or his two words were the same. */
  proven = false;
  /** His newest secret, while he is not known to be in. @type {{ epoch: number, secret: import('./bytes.js').Bytes } | null} */
  early = null;
  /** Of his secrets, what this page has learnt last. @type {number | null} */
  epoch = null;
  in = false;
  /** What he calls himself. */
  name = '';
  /** His browser can lead frames through a worker, for all that he has said. */
  able = true;
  heardAt;
  pending = 0;
  seat;

  /** @param {Seat} seat @param {number} now */
  constructor(seat, now) {
    this.seat = seat;
    this.heardAt = now;
  }
}
