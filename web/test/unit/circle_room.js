// Pages with real keys in one room, and a server that may do as it likes.
import assert from 'node:assert/strict';
import { Circle } from '../../static/e2ee/circle.js';
import { makeIdentity } from '../../static/e2ee/identity.js';
import { toBase64url } from '../../static/e2ee/bytes.js';
import { linkE2ee, newDeviceKey, newLinkSecret, newRoomSecret } from '../../static/e2ee/keys.js';

/** Timers that go off when they are told to. */
export class Clock {
  time = 1_000_000;
  /** @type {{ at: number, what: () => void }[]} */
  timers = [];
  env = {
    now: () => this.time,
    setTimeout: (/** @type {() => void} */ what, /** @type {number} */ ms) => {
      const timer = { at: this.time + ms, what };
      this.timers.push(timer);
      return timer;
    },
    clearTimeout: (/** @type {any} */ timer) => void (this.timers = this.timers.filter((one) => one !== timer)),
  };
}

/** A page: its circle, and what its worker was told. */
export class Page {
  /** @type {any} */ own = null;
  /** @type {any} */ epoch = null;
  /** @type {Map<string, any>} */ learnt = new Map();
  begun = 0;
  /** @type {string[]} */ opened = [];
  /** @type {[number, number][]} */ words = [];
  /** @type {any[]} */ said = [];
  /** @type {any[]} */ kept = [];
  /** @type {any} */ word = null;
  /** @type {string[]} */ known = [];
  /** @type {Record<string, string>} */ told = {};
  /** @type {Circle} */ circle;

  /** @param {any} own @param {any} seat @param {any} secrets @param {Room} room @param {any} [more] */
  constructor(own, seat, secrets, room, more = {}) {
    this.channels = more.channels ?? new Map();
    this.own = own;
    this.seat = { ...seat, identity: own.text };
    this.circle = new Circle(/** @type {any} */ (room.clock.env), own, this.seat, secrets, {
      relay: (to, sealed) => room.queue.push({ from: seat.participant, to, sealed }),
      onStanding: (standing) => (this.told = standing),
      onOpen: (open) => this.opened.push(open),
      onWords: (_, words) => this.words.push(words),
      onSaid: (from, content) => this.said.push({ from, ...content }),
      keep: (said, word) => void [(this.kept = said), (this.word = word)],
      know: (devices) => (this.known = devices),
      frames: {
        begin: (key) => void [(this.epoch = key), this.begun++],
        end: () => (this.epoch = null),
        learn: (participant, key) => this.learnt.set(participant, [...(this.learnt.get(participant) ?? []), key]),
        forget: (participant) => this.learnt.delete(participant),
      },
    }, { ...more, channels: this.channels });
  }

  /** Whether this page opens what the other seals now. @param {Page} other */
  opens(other) {
    return !!other.epoch && (this.learnt.get(other.seat.participant) ?? []).some((/** @type {any} */ key) => key.epoch === other.epoch.epoch && key.tag === other.epoch.tag && toBase64url(key.secret) === toBase64url(other.epoch.secret));
  }

  /** @param {Page} other */
  sees(other) {
    assert.deepEqual(this.told, this.circle.standing);
    return this.told[other.seat.participant];
  }
}

/** A server, and the people of one room. */
export class Room {
  clock = new Clock();
  secret = newRoomSecret();
  /** @type {{ from: string, to: string, sealed: string }[]} */ queue = [];
  /** @type {Map<string, Page>} */ pages = new Map();
  /** @type {Page[]} in the room, as the server says */ inside = [];
  /** Links of persons. @type {Map<string, Uint8Array<ArrayBuffer>>} */ links = new Map();
  /** What the server does with a message: what it hands on. @type {(message: { from: string, to: string, sealed: string }) => { from: string, to: string, sealed: string }[]} */
  server = (message) => [message];

  /** @param {string} participant @param {{ knows?: boolean, key?: JsonWebKey, role?: string, said?: any[], word?: any, reentry?: number }} [how] */
  async counsellor(participant, { knows = true, key, role = 'counsellor', said, word, reentry = 600_000 } = {}) {
    const room = knows ? this.secret : null;
    const own = await makeIdentity(key ?? (await newDeviceKey()), room && { secret: room, claim: 'counsellor' });
    return this.#page(new Page(own, { participant, role }, { link: null, room, linkOf: (/** @type {string} */ person) => (knows ? this.links.get(person) ?? null : null) }, this, { said, word, reentry }));
  }

  /** @param {string} participant @param {{ linked?: boolean, key?: JsonWebKey, known?: string[], role?: string }} [how] */
  async client(participant, { linked = true, key, known, role = 'client' } = {}) {
    const person = `person of ${participant}`;
    const link = linked ? (this.links.get(person) ?? (await linkE2ee(newLinkSecret()))) : null;
    if (link) this.links.set(person, link);
    const own = await makeIdentity(key ?? (await newDeviceKey()), link && { secret: link, claim: 'person' });
    return this.#page(new Page(own, { participant, role, person }, { link, room: null, linkOf: () => null }, this, { known }));
  }

  /** @param {Page} page */
  #page(page) {
    this.pages.set(page.seat.participant, page);
    return page;
  }

  /** The server says who is in. @param {...Page} inside */
  async says(...inside) {
    this.inside = inside;
    const seats = inside.map(({ seat }) => seat);
    await Promise.all(inside.map(({ circle }) => circle.members(seats)));
    await this.quiet();
  }

  /** The server says of somebody whether moderation is lent to him. @param {Page} page @param {boolean} promoted */
  async promotes(page, promoted) {
    page.seat = { ...page.seat, promoted };
    await this.says(...this.inside);
  }

  /** Until nobody has anything to say, without time passing. */
  async quiet() {
    for (let idle = 0; idle < 3; idle++) {
      const queue = this.queue.splice(0).flatMap((message) => this.server(message));
      if (queue.length) idle = 0;
      for (const { from, to, sealed } of queue) await this.pages.get(to)?.circle.relayed(from, sealed);
      await Promise.all([...this.pages.values()].map(({ circle }) => circle.unknown('nobody')));
    }
  }

  /** @param {number} ms */
  async pass(ms) {
    const until = this.clock.time + ms;
    for (;;) {
      const due = this.clock.timers.filter(({ at }) => at <= until).sort((a, b) => a.at - b.at)[0];
      if (!due) break;
      this.clock.time = Math.max(this.clock.time, due.at);
      this.clock.env.clearTimeout(due);
      due.what();
      await this.quiet();
    }
    this.clock.time = until;
  }
}

/** A counsellor and those whom she let in. @param {Room} room @param {number} clients */
export async function call(room, clients) {
  const ada = await room.counsellor('ada');
  await room.says(ada);
  const all = [ada];
  for (let n = 0; n < clients; n++) {
    const one = await room.client(`client ${n}`);
    await ada.circle.admit(one.seat);
    all.push(one);
    await room.says(...all);
  }
  await room.pass(600);
  return all;
}

/** @param {Page[]} pages whether each opens what each of the others seals */
export const whole = (pages) => pages.every((one) => pages.every((other) => one === other || one.opens(other)));
