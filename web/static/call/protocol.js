/**
 * The messages of `signaling/wire/PROTOCOL.md`, version 1: their shapes, to and from text.
 *
 * **What comes in is checked before anything reads it**: a message of a known type has its fields in their types and bounds, or it is
 * refused whole. **What is unknown does no harm**: unknown fields are left out, unknown types are told apart and ignored.
 */

/** The version of the protocol that this client speaks. */
export const version = 1;

/** Longest message in UTF-16 units: an answer may be as long. */
const longest = 256 * 1024;

/** @typedef {import('./types.js').Text} Text */
/** @typedef {import('./types.js').Role} Role */
/** @typedef {import('./types.js').Source} Source */
/** @typedef {import('./types.js').Member} Member */
/** @typedef {Omit<import('./types.js').Waiter, 'since'> & { waited_ms: number }} Waiting */
/** @typedef {{ publication: string, participant: string, source: Source }} Publication */
/** @typedef {{ participant: string, source: Source }} Pin what everybody is shown first */
/** @typedef {{ held: boolean, frozen?: boolean, paused: boolean, locked?: boolean, ends_at?: number, share?: 'nobody' | 'counsellors' | 'all', share_locked?: boolean, sound_only?: boolean, names?: import('./naming.js').NameRule, lines?: number, camera_check?: boolean, consultation?: boolean, groupable?: boolean, groups?: number, sealed_only?: boolean, chat?: 'all' | 'counsellors', reentry?: number, stay_open?: number, open_until?: number, colleague?: boolean, pin?: Pin, silent_sign?: boolean, shown?: Shown }} Room */
/** @typedef {{ card: Card, number: number }} Shown a card that counsellors have shown to all; number rises with each */
/** @typedef {'rules' | 'people'} Card */
/** @typedef {{ person: string, role: Role, label: Text }} LockedPIN somebody in front of the door whose PIN was typed wrongly too often */
/** @typedef {{ participant: string, person: string, role: Role, label: Text, name: Text, waited?: boolean }} Exit somebody who left quickly, and must not be called back unasked */
/** @typedef {{ person: string, role: Role, label: Text }} Invited somebody who was invited meanwhile */
/** @typedef {{ urls: string[], username: string, credential: string }} Relay as RTCIceServer is */
/** busy and coming: to who waits alone @typedef {'here' | 'away' | 'absent' | 'busy' | 'coming'} Whereabouts */
/** One's own waiting; sealed: notes are to be sealed; consent_asked: there is a consent to withdraw. @typedef {{ company?: 'alone' | 'accompanied', sealed?: boolean, notes: import('./types.js').Note[], consent_asked?: boolean }} Stay */
/** @typedef {{ slot: number, participant: string, source: Source }} Slot */
/** @typedef {{ seq: number, pairs: number, slots: Slot[] }} Slots */
/** @typedef {{ mid: string, use: Source | 'audio' | 'video', slot?: number }} MLine what an m-line of an offer is for */

/**
 * What one participant may see of the room; members and all below only when admitted, waiting only for counsellors.
 * @typedef {object} State
 * @property {Whereabouts} counsellor
 * @property {Room} room
 * @property {Stay} [stay] of who waits
 * @property {{ audio: boolean, video: boolean, screen?: boolean, video_reserved?: boolean, entered_muted?: boolean, hand?: number, promoted?: boolean, group?: number, consent_asked?: boolean }} [self]
 * @property {Member[]} [members]
 * @property {Publication[]} [publications]
 * @property {Waiting[]} [waiting]
 * @property {Exit[]} [exits] for counsellors
 * @property {Invited[]} [invited] for counsellors
 * @property {LockedPIN[]} [locked_pins] for counsellors
 */

/**
 * @typedef {object} Welcome
 * @property {number} version
 * @property {string} participant
 * @property {Role} role
 * @property {'waiting' | 'declined' | 'in'} phase
 * @property {string} resume
 * @property {boolean} kept whether the media session of before goes on
 * @property {boolean} other_device
 * @property {number} now
 * @property {string[]} nodes
 * @property {State} state
 * @property {Relay[]} [relays]
 */

/** @typedef {{ type: string, id?: number, seq?: number, body?: any }} Message */

// A shape is a function that gives the checked value, or throws. Objects come out with known fields alone, in the order they came in.

/** @template T @typedef {(value: unknown) => T} Shape */

class Misshapen extends Error {}

/** A request that was not granted, or never answered. `code` is one of PROTOCOL.md, or `lost` when the line broke before the answer. */
export class Refused extends Error {
  /** @param {string} code @param {any} [details] what the answer said besides */
  constructor(code, details) {
    super(code);
    this.name = 'Refused';
    this.code = code;
    this.details = details;
  }
}

/** @param {number} [max] UTF-16 units @returns {Shape<string>} */
const string = (max = 512) => (value) => {
  if (typeof value !== 'string' || value.length > max) throw new Misshapen('string');
  return value;
};

/** @type {Shape<boolean>} */
const boolean = (value) => {
  if (typeof value !== 'boolean') throw new Misshapen('boolean');
  return value;
};

/** @param {number} [min] @param {number} [max] @returns {Shape<number>} */
const integer = (min = 0, max = Number.MAX_SAFE_INTEGER) => (value) => {
  if (!Number.isSafeInteger(value) || /** @type {number} */ (value) < min || /** @type {number} */ (value) > max) throw new Misshapen('integer');
  return /** @type {number} */ (value);
};

/** @param {...string} words @returns {Shape<string>} */
const one = (...words) => (value) => {
  if (typeof value !== 'string' || !words.includes(value)) throw new Misshapen(words.join('|'));
  return value;
};

/** @param {Shape<any>} shape @param {number} max @returns {Shape<any[]>} */
const list = (shape, max) => (value) => {
  if (!Array.isArray(value) || value.length > max) throw new Misshapen('list');
  return value.map(shape);
};

/** @param {object} holder @param {string} name */
const owns = (holder, name) => Object.prototype.hasOwnProperty.call(holder, name);

/** @param {Record<string, Shape<any>>} required @param {Record<string, Shape<any>>} [optional] @returns {Shape<any>} */
const object = (required, optional = {}) => (value) => {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw new Misshapen('object');
  /** @type {Record<string, unknown>} */
  const known = {};
  for (const [name, field] of Object.entries(value)) {
    const shape = owns(required, name) ? required[name] : owns(optional, name) ? optional[name] : null;
    if (shape) known[name] = shape(field);
  }
  for (const name of Object.keys(required)) if (!owns(known, name)) throw new Misshapen(name);
  return known;
};

const token = string(4096);
const signal = object({ pair: string(64) }, {
  description: object({ type: one('offer', 'answer'), sdp: string(32 * 1024) }),
  candidates: list(object({ candidate: string(512), mid: string(32) }), 32),
});
const shown = object({ pair: string(64), shown: boolean });
const relay = object({ urls: list(string(256), 8), username: string(64), credential: string(64) });
const relays = list(relay, 8);
const participant = string(128);
const source = one('microphone', 'camera', 'screen', 'screen_audio');
const role = one('counsellor', 'co-counsellor', 'specialist', 'interpreter', 'companion', 'client');
const media = one('av', 'audio', 'none');
const device = one('phone', 'tablet', 'computer');
const connection = one('ok', 'reconnecting', 'interrupted');
const whereabouts = one('here', 'away', 'absent', 'busy', 'coming');
const consent = one('none', 'open', 'given', 'written');
const company = one('alone', 'accompanied');
const quality = one('good', 'mid', 'bad');
const sdp = string(longest);

/** @type {Shape<Text>} */
const text = (value) => {
  const known = object({}, { plain: string(), sealed: string(1024) })(value);
  if (Object.keys(known).length !== 1) throw new Misshapen('text');
  return known;
};

/** In one of two forms. @param {Record<string, Shape<any>>} required @param {Record<string, Shape<any>>} [optional] @returns {Shape<any>} */
const written = (required, optional) => (value) => {
  const known = object(required, { ...optional, plain: string(800), sealed: string(1200) })(value);
  if ('plain' in known === 'sealed' in known) throw new Misshapen('note');
  return known;
};
const notes = list(written({ from: one('person', 'counsellor') }), 6);
const stay = object({ notes }, { company, sealed: boolean, consent_asked: boolean });
const identity = string(700);
const sealed_link = string(512);
const switches = { audio: boolean, video: boolean };

/** @type {Shape<false>} */
const takenBack = (value) => {
  if (value !== false) throw new Misshapen('false');
  return value;
};

/** What is not named stays as it is. @type {Shape<{ audio?: boolean, video?: boolean, screen?: boolean, connection?: string, video_reserved?: false }>} */
const switched = (value) => {
  const known = object({}, { ...switches, screen: boolean, connection, video_reserved: takenBack })(value);
  if (Object.keys(known).length === 0) throw new Misshapen('self');
  return known;
};

/** Small groups of a room, and the one that somebody is in: missing for the main room. */
const groupsMost = 8;
const groupsCount = integer(2, groupsMost);
const group = integer(1, groupsMost);

const member = object({ participant, role, name: text, audio: boolean, video: boolean, connection }, { screen: boolean, video_reserved: boolean, group, hand: integer(1), promoted: boolean, may_promote: boolean, person: participant, label: text, identity, sealed_link, consent, company });
const publication = object({ publication: participant, participant, source });
const outlook = one('good', 'sound', 'weak');
const waiting = object({
  participant, person: participant, role, label: text, name: text, lang: string(35), device, media, consent,
  waited_ms: integer(), other_device: boolean, state: one('waiting', 'declined', 'reconnecting', 'gone'),
}, { forecast: outlook, identity, sealed_link, company, notes });
const pin = object({ participant, source: one('camera', 'screen') });
const card = one('rules', 'people');
const lockedPINs = list(object({ person: participant, role, label: text }), 64);
const exit = object({ participant, person: participant, role, label: text, name: text }, { waited: boolean });
const invited = object({ person: participant, role, label: text });
const room = object({ held: boolean, paused: boolean }, {
  frozen: boolean, locked: boolean, ends_at: integer(), share: one('nobody', 'counsellors', 'all'), share_locked: boolean, sound_only: boolean, names: one('free', 'reference', 'first_name', 'initials', 'none'), lines: integer(1, 16384), camera_check: boolean, consultation: boolean, groupable: boolean, groups: groupsCount, sealed_only: boolean, chat: one('all', 'counsellors'), reentry: integer(), stay_open: integer(), open_until: integer(), colleague: boolean, pin,
  silent_sign: boolean, shown: object({ card, number: integer(1, 2 ** 32 - 1) }),
});
const state = object({ counsellor: whereabouts, room }, {
  stay,
  self: object(switches, { screen: boolean, video_reserved: boolean, entered_muted: boolean, hand: integer(1), promoted: boolean, group, consent_asked: boolean }),
  members: list(member, 256), publications: list(publication, 1024), waiting: list(waiting, 256), exits: list(exit, 64), invited: list(invited, 64), locked_pins: lockedPINs,
});
/** Without anything in it: nothing is pinned any more. @type {Shape<any>} */
const pinned = (value) => (typeof value === 'object' && value !== null && Object.keys(value).length === 0 ? {} : pin(value));
/** Without anybody in it: everybody's. @type {Shape<any>} */
const whose = (value) => object({}, { participant })(value);
const target = object({ participant });
const nothing = object({});

/** The body of every message, both ways. @type {Record<string, Shape<any>>} */
const bodies = {
  // From the client.
  hello: object({ version: integer(1), proof: string(), lang: string(35), device, media }, { ticket: token, resume: token, consent: string(), fresh: boolean, identity }),
  leave: object({}, { quick: boolean }),
  ping: nothing,
  offer: object({ generation: integer(1), sdp, lines: list(object({ mid: string(16), use: one('microphone', 'camera', 'screen', 'screen_audio', 'audio', 'video') }, { slot: integer(0, 255) }), 64) }, { svc: boolean }),
  slots_ack: object({ seq: integer() }),
  view: object({ views: list(object({ publication: participant, width: integer(0, 16384), height: integer(0, 16384) }, { stage: boolean }), 64) }),
  quality: object({ choice: one('auto', 'high', 'saver', 'sound') }),
  share: object({ rule: one('counsellors', 'all') }),
  self: switched,
  admit: target,
  decline: target,
  put_back: target,
  remove: target,
  mute: object({ participant, kind: one('audio', 'video', 'screen') }),
  pin: pinned,
  card: object({ card }),
  mute_all: nothing,
  reserve_video: target,
  hold: object({ on: boolean }, { consultation: boolean }),
  groups: object({ groups: groupsCount, places: list(object({ participant, group: integer(0, groupsMost) }), 40) }),
  enter_group: object({ group: integer(0, groupsMost) }),
  recall: nothing,
  incident: object({ on: boolean }),
  lock: object({ on: boolean }),
  promote: object({ participant, on: boolean }),
  raise_hand: object({ up: boolean }),
  lower_hand: whose,
  leave_open: object({ for_ms: integer(1, 3_600_000) }),
  end: nothing,
  knock: nothing,
  note: written({}, { to: participant }),
  company: object({ company }),
  colleague: object({ on: boolean }),
  note_consent: target,
  unlock_pin: object({ person: participant }),
  withdraw: object({}, { participant }),
  line_check: nothing,
  forecast: object({ outlook }),
  sealed: object({ sealed: string(longest) }, { to: participant, from: participant }),
  pair_signal: signal,
  pair_shown: shown,
  // From the server: replies.
  ok: nothing,
  error: object({ code: string(64) }),
  pong: nothing,
  welcome: object({
    version: integer(1), participant, role, phase: one('waiting', 'declined', 'in'), resume: token, kept: boolean, other_device: boolean,
    now: integer(), nodes: list(string(), 64), state,
  }, { relays }),
  answer: object({ generation: integer(1), sdp }),
  incident_noted: object({ pseudonym: string(64), at: integer(), policy: string(64), software: string(80) }),
  line_way: object({ near: relay, far: relay }),
  // From the server: events.
  admitted: object({ resume: token, state }, { relays }),
  declined: nothing,
  put_back_event: object({ resume: token, state }),
  removed: nothing,
  ended: object({}, { receipt: string(64) }),
  replaced: nothing,
  token: object({ resume: token }),
  waiting,
  waiting_gone: object({ participant, reason: one('admitted', 'left', 'removed', 'replaced') }),
  member,
  member_gone: object({ participant, reason: one('left', 'put_back', 'removed', 'replaced', 'group') }),
  publication,
  publication_gone: object({ publication: participant }),
  room,
  exits: object({ exits: list(exit, 64) }),
  invited: object({ invited: list(invited, 64) }),
  locked_pins: object({ locked_pins: lockedPINs }),
  counsellor: object({ counsellor: whereabouts }),
  stay,
  withdrawn: target,
  own_hand: object({ hand: integer() }),
  promoted: object({ on: boolean, members: list(member, 256) }, { waiting: list(waiting, 256), exits: list(exit, 64), invited: list(invited, 64), locked_pins: lockedPINs }),
  grouped: object({ group: integer(0, groupsMost), members: list(member, 256) }),
  muted: object({ kind: one('audio', 'video', 'screen') }),
  video_reserved: object({ on: boolean }),
  demand: object({ source, layers: list(integer(0, 7), 8) }),
  pictures_paused: object({ publications: list(participant, 256) }),
  line: object({ participant, quality }),
  codec: object({ video: string(16) }),
  slots: object({ seq: integer(), pairs: integer(0, 64), slots: list(object({ slot: integer(0, 255), participant, source }), 64) }),
  pair: object({ pair: string(64), participant, offers: boolean, mode: one('relay', 'direct'), relays }),
  pair_gone: object({ pair: string(64) }, { gently: boolean }),
  peer_signal: signal,
  peer_shown: shown,
  speaker: object({ dominant: string(128), speaking: list(participant, 64) }),
};

/** Types whose body may be left out altogether. */
const bare = new Set(['leave', 'ping', 'pin', 'lower_hand', 'mute_all', 'recall', 'end', 'knock', 'withdraw', 'line_check', 'ok', 'pong', 'declined', 'removed', 'ended', 'replaced']);

/** `put_back` is a request with a participant and an event with a token. @param {string} type @param {unknown} body */
function shapeOf(type, body) {
  if (type === 'put_back' && typeof body === 'object' && body !== null && !owns(body, 'participant')) return bodies.put_back_event;
  return owns(bodies, type) && type !== 'put_back_event' ? bodies[type] : null;
}

/**
 * @param {string} type
 * @param {any} [body]
 * @param {number} [id]
 * @returns {string}
 */
export function encode(type, body, id) {
  return JSON.stringify({ type, id, body });
}

/**
 * Reads one message.
 * @param {unknown} data what the socket gave
 * @returns {{ message: Message } | { unknown: string } | { refused: string }}
 *   unknown: the type's name, of a newer server; refused: what is wrong with it
 */
export function decode(data) {
  if (typeof data !== 'string' || data.length > longest) return { refused: 'size' };
  try {
    const envelope = object({ type: string(64) }, { id: integer(1, 2 ** 31 - 1), seq: integer(), body: (value) => value })(JSON.parse(data));
    const shape = shapeOf(envelope.type, envelope.body);
    if (!shape) return { unknown: envelope.type };
    if (envelope.body !== undefined) envelope.body = shape(envelope.body);
    else if (!bare.has(envelope.type)) return { refused: `${envelope.type}: body` };
    return { message: envelope };
  } catch (error) {
    return { refused: error instanceof Misshapen ? error.message : 'json' };
  }
}
