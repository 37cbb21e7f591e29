/**
 * One person's call: from the knock to the end.
 *
 * **A screen reads signals and calls methods; nothing else.** Every signal has one owner, named beside it.
 * **Nothing leaves the device before a counsellor lets the person in**: the media connection is made on `admitted` and closed on `put_back`.
 * **Nothing stays behind**: at the end, on removal and when the link no longer holds, what the tab kept is erased.
 */
import { batch, computed, effect, signal } from '../third_party/preact.js';
import { Beside } from './beside.js';
import { Confidence, isUnsent, stated } from './confidence.js';
import { Connection } from './connection.js';
import { hands } from './hands.js';
import { Line } from './line.js';
import { moderation } from './moderate.js';
import { Outlook } from './outlook.js';
import { Receipt } from './receipt.js';
import { Roster } from './roster.js';
import { Seat } from './seat.js';
import { MediaSession } from './session.js';
import { SoundFirst } from './sound_first.js';
import { TalkingUnheard } from './talking.js';

/** @typedef {import('./env.js').Env} Env */
/** @typedef {import('./types.js').Text} Text */
/** @typedef {import('./types.js').Role} Role */
/** @typedef {import('./types.js').MediaChoice} MediaChoice */
/** @typedef {import('./types.js').Source} Source */
/** @typedef {import('./types.js').Phase} Phase */
/** @typedef {import('./types.js').Member} Member */
/** @typedef {import('./types.js').Waiter} Waiter */
/** @typedef {import('./types.js').Tile} Tile */
/** @typedef {import('./types.js').Own} Own */

/**
 * @typedef {object} JoinOptions
 * @property {string} lang
 * @property {MediaChoice} media
 * @property {string} [name] what the person wants to be called by those who are in
 * @property {string} [wrapped] as the check of the link told it (`LinkCheck`)
 * @property {string} [consent] the hash of the consent text that was shown and agreed to (`consentHash` of links.js)
 * @property {JsonWebKey} [key] of the device, where the PIN was asked for
 * @property {string} [pass] what it gave (pin.js)
 * @property {import('./devices.js').Devices} devices already opened with the same choice
 */

/** A farewell is waited for this long. */
const farewellWithin = 1_000;

/** Phases after which nothing comes by itself. @type {Phase[]} */
const over = ['idle', 'ended', 'removed', 'replaced', 'left', 'withdrawn', 'failed'];

/** @template T @typedef {import('../third_party/preact.js').ReadonlySignal<T>} ReadonlySignal */

export class Call {
  #env;
  #roster;
  #connection;
  #media;
  #line;
  #unheard;
  #outlook;
  #first;
  #beside;
  /** @type {Seat | null} */
  #seat = null;
  /** @type {import('./devices.js').Devices | null} */
  #devices = null;
  /** Whether this page has been in the call: then a link that no longer holds means that it is over. */
  #wasIn = false;
  /** Whether the person hung up, and the server is being told. */
  #leaving = false;
  /** Whether this page has reported the incident that there is. */
  #reported = signal(false);
  /** @type {((value: void) => void) | null} of the promise that a join gave */
  #settled = null;
  #unlisten;

  /** @type {import('../third_party/preact.js').Signal<Phase>} */
  phase = signal('idle');
  /** @type {import('../third_party/preact.js').Signal<string | null>} a code of PROTOCOL.md, `link_revoked` or `early` */
  failure = signal(null);
  /** @type {import('../third_party/preact.js').Signal<boolean>} the browser plays no sound before a tap */
  audioBlocked = signal(false);
  /** @type {import('../third_party/preact.js').Signal<number>} rises with every `unlockAudio`: play the elements again when it does, in the same task */
  unlocks = signal(0);

  /**
   * @param {Env} env
   * @param {(room: string) => Promise<import('../e2ee/bytes.js').Bytes | null>} [secretsOf] the secret of a room that a signed-in counsellor enters
   */
  constructor(env, secretsOf = () => Promise.resolve(null)) {
    this.#env = env;
    this.#roster = new Roster(env.now);
    this.#connection = new Connection(env, {
      hello: () => this.#hello(),
      distrust: () => this.#seat?.distrust(),
      onWelcome: (welcome) => this.#onWelcome(welcome),
      onEvent: (event) => this.#onEvent(event),
      onLost: () => {
        this.#line.signaling(false);
        this.#outlook.forget();
      },
      onEnd: (end) => this.#onEnd(end),
    });
    const roster = this.#roster;
    const media = new MediaSession(env, this.#connection, roster);
    this.#media = media;
    this.#line = new Line(env, media);
    this.#unheard = new TalkingUnheard(env, () => this.#devices?.level.peek() ?? 0);

    this.#first = new SoundFirst(env, (on) => media.spare(on));
    /** @type {ReadonlySignal<boolean>} one's own picture pauses, for the sake of the sound */
    this.soundFirst = this.#first.first;
    this.#outlook = new Outlook(env, this.#connection);
    /** @type {ReadonlySignal<'unknown' | 'trying' | 'good' | 'sound' | 'weak'>} what the line is expected to carry, of who waits */
    this.outlook = this.#outlook.line;

    /** How closed it is to everybody outside. */
    this.confidence = new Confidence(env, {
      relay: (to, sealed) => void this.#connection.request('sealed', { to, sealed }).catch(() => {}),
      lead: (through) => media.lead(through),
      secretsOf,
      onSaid: (from, content) => this.#beside.hear(from, content),
    });
    /** The proof that it was deleted, once it has ended. */
    this.receipt = new Receipt(env);
    /** What counsellors do. */
    this.moderation = moderation(this.#connection, {
      admit: (participant) => this.confidence.admit(roster.waiting.peek().find((one) => one.participant === participant)),
      dismiss: (participant) => this.confidence.dismiss(participant),
      lend: (participant, on) => this.confidence.lend(participant, on),
    }, { frozen: () => !!roster.room.peek().frozen, reported: (own) => this.#report(own) });
    /** @type {Pick<import('./receiving.js').Receiving, 'preference' | 'prefer' | 'weakLines'>} */
    this.receiving = media.receiving;
    /** @type {ReadonlySignal<{ participant: string, role: Role } | null>} */
    this.me = roster.me;
    /** @type {ReadonlySignal<boolean>} moderation is lent to one: the server says so, and somebody who speaks for the room has signed it */
    this.lent = computed(() => roster.promoted.value && this.confidence.lent.value);
    /** @type {ReadonlySignal<boolean>} whether one may admit and moderate */
    this.moderates = computed(() => (roster.promoted.value ? this.lent.value : roster.moderates.value));
    /** @type {ReadonlySignal<import('./protocol.js').Whereabouts>} */
    this.counsellor = roster.counsellor;
    /** @type {ReadonlySignal<import('./protocol.js').Room>} */
    this.room = roster.room;
    /** @type {ReadonlySignal<boolean>} whether one may let the room go on, or end it: while an incident is reported, counsellors, and whoever reported it */
    this.mayThaw = computed(() => !roster.room.value.frozen || roster.me.value?.role === 'counsellor' || this.#reported.value);
    /** @type {ReadonlySignal<Member[]>} everybody else of one's own group, in the order of joining */
    this.members = computed(() => stated(roster.together.value, this.confidence.known.value));
    /** @type {ReadonlySignal<Member[]>} and of the other groups, as far as one is told of them: all for who moderates, else who moderates */
    this.everybody = computed(() => stated(roster.members.value, this.confidence.known.value));
    /** @type {ReadonlySignal<number>} the group that one is in; 0 is the main room */
    this.group = roster.group;
    /** @type {ReadonlySignal<boolean>} nothing of one's own is sent, whatever is on: it would not be protected */
    this.unsent = computed(() => isUnsent(this.confidence.lock.value, this.members.value.length));
    this.hands = hands(this.#connection, roster, this.everybody);
    this.#beside = new Beside(env, this.#connection, roster, this.confidence, this, this.lent);
    /** @type {ReadonlySignal<import('./chat.js').Chat | null>} what is written and handed over, once it has come */
    this.chat = this.#beside.chat;
    /** @type {ReadonlySignal<import('./reception.js').Reception | null>} what goes between the waiting room and those who moderate, once it has come */
    this.reception = this.#beside.reception;
    /** @type {ReadonlySignal<import('./signs.js').Signs | null>} comes with the chat */
    this.signs = this.#beside.signs;
    /** @type {ReadonlySignal<Waiter[]>} for counsellors, in the order of arrival */
    this.waiting = roster.waiting;
    /** @type {ReadonlySignal<import('./protocol.js').Exit[]>} for counsellors: who left quickly */
    this.exits = roster.exits;
    /** @type {ReadonlySignal<import('./protocol.js').Invited[]>} for counsellors: who was invited meanwhile and is not there yet */
    this.invited = roster.invited;
    /** @type {ReadonlySignal<import('./protocol.js').LockedPIN[]>} for counsellors: who cannot knock before his PIN is unlocked */
    this.lockedPINs = roster.lockedPINs;
    /** @type {ReadonlySignal<boolean>} the same link is open on another device */
    this.otherDevice = roster.otherDevice;
    /** @type {ReadonlySignal<{ dominant: string, speaking: string[] }>} */
    this.speaker = roster.speaker;
    /** @type {ReadonlySignal<Tile[]>} */
    this.tiles = media.tiles;
    /** @type {ReadonlySignal<import('./screen.js').State>} one's own shared screen */
    this.screen = media.screen.state;
    /** @type {ReadonlySignal<'yes' | 'rule' | 'busy' | 'unsupported'>} whether one may share a screen now; rule: the room's does not allow it */
    this.mayShare = media.mayShare;
    /** @type {ReadonlySignal<Own>} */
    this.mic = media.own.mic;
    /** Whether the device keeps one from being heard. */
    this.interruption = media.interruption;
    /** @type {ReadonlySignal<boolean>} one speaks although the microphone is off */
    this.talking = this.#unheard.talking;
    /** @type {ReadonlySignal<Own>} */
    this.cam = media.own.cam;
    /** @type {ReadonlySignal<boolean>} one's camera is for those who moderate alone: a counsellor wanted it so, and one takes it back oneself */
    this.camReserved = roster.camReserved;
    /** @type {ReadonlySignal<boolean>} there is a consent of one's own to withdraw */
    this.consentAsked = roster.consentAsked;
    /** @type {ReadonlySignal<'good' | 'mid' | 'bad'>} of the line, with a hysteresis of 5 s */
    this.quality = this.#line.quality;
    /** @type {ReadonlySignal<{ state: 'ok' | 'reconnecting' | 'lost', since: number }>} lost: for 30 s; it is still tried */
    this.connection = this.#line.connection;

    const unlisten = effect(() => this.#unheard.listen(this.phase.value === 'call' && this.mic.value.state === 'off'));
    const unjudge = effect(() => this.#first.judge(this.quality.value));
    const untell = effect(() => this.confidence.people(roster.members.value, this.room.value, roster.waiting.value, roster.group.value));
    this.#unlisten = () => [unlisten, unjudge, untell].forEach((stop) => stop());
  }

  /**
   * Knocks with a link. Resolves when the person waits, is in, or it failed: `phase` tells.
   * @param {string} secret
   * @param {JoinOptions} options
   */
  async joinWithLink(secret, { devices, ...wishes }) {
    await this.#sit(await Seat.take(this.#env, 'link', { link: secret, ...wishes }), devices);
  }

  /** What this tab shows at the door; nothing without a seat. */
  get entry() {
    return this.#seat?.entry;
  }

  /** A signed-in counsellor enters an own room. @param {string} room @param {Omit<JoinOptions, 'consent' | 'wrapped'>} options */
  async joinRoom(room, { devices, ...wishes }) {
    await this.#sit(await Seat.take(this.#env, 'room', { room, ...wishes }), devices);
  }

  /**
   * After a reload: takes the seat again that this tab held; opens the devices as chosen then.
   * @param {{ devices: import('./devices.js').Devices, by?: 'link' | 'room' }} options by: what the seat was taken with; the page of links never takes up a counsellor's
   * @returns {Promise<boolean>} false when the tab holds none
   */
  async resumeIfPossible({ devices, by = 'link' }) {
    const seat = Seat.find(this.#env, by);
    if (!seat) return false;
    // The browser may ask, and the person not answer: the seat is taken up meanwhile.
    if (devices.state.value === 'closed') void devices.open(seat.media);
    await this.#sit(seat, devices);
    return true;
  }

  /** Comes back after hanging up, from the page that hung up (`phase` is `left`), or takes the seat back (`replaced`). */
  async rejoin() {
    if (!this.#seat || !this.#devices) return;
    this.#seat.remember();
    await this.#sit(this.#seat, this.#devices);
  }

  /** @param {Seat} seat @param {import('./devices.js').Devices} devices @returns {Promise<void>} when the server has answered */
  #sit(seat, devices) {
    this.#settle();
    this.#connection.close();
    this.#noMedia();
    this.confidence.end();
    this.#seat = seat;
    this.#devices = devices;
    this.#wasIn = false;
    this.#leaving = false;
    this.#media.use(devices);
    batch(() => {
      this.phase.value = 'connecting';
      this.failure.value = null;
      this.#reported.value = seat.reported;
      this.#line.signaling(true);
    });
    this.#connection.open();
    return new Promise((resolve) => {
      this.#settled = resolve;
    });
  }

  async #hello() {
    const seat = this.#seat;
    if (!seat) throw new Error('hello without a seat');
    // It comes while the person waits anyway; no call is kept waiting for it.
    void this.bringChat().catch(() => {});
    void this.bringReception().catch(() => {});
    const identity = await this.confidence.introduce(seat);
    return { ...(await seat.hello(!this.#media.held)), identity };
  }

  /** What people write to each other comes with the first hello; this tries again, where it did not come. Rejects when it does not now. */
  bringChat() {
    return this.#beside.bringChat();
  }

  /** As `bringChat`. */
  bringReception() {
    return this.#beside.bringReception();
  }

  /** @param {import('./protocol.js').Welcome} welcome */
  #onWelcome(welcome) {
    if (this.#leaving) return;
    this.#seat?.trust(welcome);
    this.confidence.begin(welcome);
    batch(() => {
      this.#roster.welcome(welcome);
      this.#line.signaling(true);
      if (!welcome.state.room.frozen) this.#report(false);
      if (welcome.phase === 'in') this.#enter(welcome.state, welcome.kept ? 'kept' : 'new', welcome.relays);
      else this.#stayOutside(welcome.phase);
    });
    this.#settle();
  }

  /** @param {import('./protocol.js').Message} event */
  #onEvent({ type, body }) {
    // Who hangs up in the moment of being admitted has hung up.
    if (this.#leaving) return;
    batch(() => {
      // With whatever changes where one stands comes the token to come back to it with.
      this.#seat?.trust(body);
      switch (type) {
        case 'admitted':
          this.#roster.admitted(body.state);
          this.#enter(body.state, 'admitted', body.relays);
          break;
        case 'put_back':
          this.#roster.replace(body.state);
          this.#stayOutside('waiting');
          break;
        case 'declined':
          this.#stayOutside('declined');
          break;
        case 'withdrawn':
          this.#onWithdrawn(body.participant);
          break;
        case 'sealed':
          this.confidence.hear(body);
          break;
        case 'token':
          break;
        default:
          if (type === 'room' && !body.frozen) this.#report(false);
          if (!this.#media.apply({ type, body }) && this.#roster.apply({ type, body })) this.#media.noted(type);
      }
    });
  }

  /** @param {boolean} own whether an incident is reported, by this page; kept, since a reload must not take away who may end it */
  #report(own) {
    this.#reported.value = own;
    if (this.#seat) this.#seat.reported = own;
  }

  /** @param {string} participant whose consent is withdrawn */
  #onWithdrawn(participant) {
    if (participant === this.me.peek()?.participant) {
      this.#connection.close();
      this.#onEnd({ phase: 'withdrawn' });
    } else {
      this.reception.peek()?.heard(participant);
      this.confidence.dismiss(participant);
    }
  }

  /**
   * @param {import('./protocol.js').State} state
   * @param {'admitted' | 'new' | 'kept'} how new: there is no media session at the server; kept: it went on
   * @param {import('./protocol.js').Relay[]} [relays]
   */
  #enter(state, how, relays) {
    this.phase.value = 'call';
    this.#outlook.end();
    this.#wasIn = true;
    this.#media.enter(state, how, relays);
    this.#line.begin();
  }

  /** @param {'waiting' | 'declined'} phase */
  #stayOutside(phase) {
    this.phase.value = phase;
    this.#noMedia();
    // Who was declined may not want to come any more.
    if (phase === 'waiting') this.#outlook.begin();
    else this.#outlook.end();
  }

  /** Nothing is sent or received from here on, and what was written is gone. */
  #noMedia() {
    this.#beside.end();
    this.#media.leave();
    this.audioBlocked.value = false;
    this.#line.end();
    this.#first.end();
  }

  /** @param {import('./connection.js').End} end */
  #onEnd(end) {
    const [phase, code] = this.#meaning(end);
    if (end.phase === 'ended') void this.receipt.ask(end.receipt);
    // One who was replaced or hung up may come back from this page; everything else is over.
    if (phase !== 'replaced' && phase !== 'failed') this.#seat?.forget();
    if (phase === 'failed' && code !== 'unavailable') this.#seat?.forget();
    if (phase !== 'replaced' && phase !== 'left') this.#seat = null;
    batch(() => {
      this.#noMedia();
      this.#outlook.forget();
      this.#media.release();
      this.confidence.end();
      this.#roster.clear();
      this.#line.signaling(true);
      this.failure.value = code;
      this.phase.value = phase;
    });
    this.#settle();
  }

  /** @param {import('./connection.js').End} end @returns {[Phase, string | null]} */
  #meaning(end) {
    if (end.phase !== 'failed') return [end.phase, null];
    if (this.#wasIn && end.code === 'link_invalid') return ['ended', null];
    if (this.#wasIn && end.code === 'link_revoked') return ['removed', null];
    return ['failed', end.code];
  }

  #settle() {
    this.#settled?.();
    this.#settled = null;
  }

  /** @param {boolean} on `mic` tells how it went */
  setMic(on) {
    return this.#media.own.set('mic', on);
  }

  /** @param {boolean} on `cam` tells how it went */
  setCam(on) {
    return on && this.room.value.sound_only ? Promise.resolve() : this.#media.film(on);
  }

  /** Everybody may see one's camera again. @returns {Promise<void>} */
  showToAll() {
    return this.#connection.request('self', { video_reserved: false });
  }

  /** Shows one's screen to the others. To be called inside a tap; `screen` tells how it went. */
  share() {
    return this.#media.screen.begin();
  }

  stopSharing() {
    return this.#media.screen.end();
  }

  /** Hangs up. */
  async leave() {
    this.#leaving = true;
    this.moderation.forgetOpen();
    this.#noMedia();
    /** @type {any} */
    let timer = null;
    const late = new Promise((resolve) => {
      timer = this.#env.setTimeout(() => resolve(null), farewellWithin);
    });
    await Promise.race([this.#connection.request('leave').catch(() => {}), late]);
    this.#env.clearTimeout(timer);
    // The server's own word may have come first, or the person is back already.
    if (!this.#leaving || over.includes(this.phase.value)) return;
    this.#connection.close();
    this.#onEnd({ phase: 'left' });
  }

  /** Leaves at once and waits for nothing: somebody else must not see this. */
  exit() {
    this.#leaving = true;
    this.#connection.request('leave', { quick: true }).catch(() => {});
    this.#seat?.forget();
    this.close();
  }

  /** Knocks again after having been declined; at the earliest 10 s later. */
  async knock() {
    await this.#connection.request('knock');
    this.phase.value = 'waiting';
    this.#outlook.begin();
  }

  /** How large each picture is shown, in physical pixels; the list is complete. @param {import('./views.js').View[]} views */
  setView(views) {
    this.#media.setView(views);
  }

  /** The page calls this when an element refused to play (`NotAllowedError`). */
  soundRefused() {
    this.audioBlocked.value = true;
  }

  /** To be called inside a tap. */
  unlockAudio() {
    this.#devices?.wake();
    batch(() => {
      this.audioBlocked.value = false;
      this.unlocks.value++;
    });
  }

  /** Stops everything without a word to the server: the page goes away. */
  close() {
    this.#connection.close();
    this.#outlook.end();
    this.#noMedia();
    this.confidence.end();
    this.#beside.close();
    this.#media.close();
    this.#line.close();
    this.#unlisten();
    this.#unheard.listen(false);
    this.#settle();
  }
}
