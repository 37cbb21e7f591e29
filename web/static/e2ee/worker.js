/**
 * The worker through which every frame of a call goes: frames come by transforms, keys and what is expected come by messages of the page.
 *
 * **It tells the page what it counts**, twice a second and only while it changes; never a frame, never a key.
 */
import { OthersKeys } from './others_keys.js';
import { OwnKeys } from './own_keys.js';
import { noCounts, opening, sealing } from './transform.js';

/** @typedef {import('./frame.js').Kind} Kind */
/** @typedef {import('./transform.js').Counts} Counts */
/** @typedef {import('./transform.js').Frame} Frame */
/** @typedef {import('./bytes.js').Bytes} Bytes */

/**
 * What a transform is for. id: the page's, once for each sender or receiver object.
 * @typedef {{ id: number, does: 'seal' | 'open', kind: Kind }} Use
 */

/**
 * What the page says.
 * @typedef {{ type: 'begin', epoch: number, tag: number, secret: Bytes } | { type: 'end' }} OwnMessage
 * @typedef {{ type: 'learn', participant: string, epoch: number, tag: number, secret: Bytes } | { type: 'forget', participant: string }} OthersMessage
 * @typedef {{ type: 'expect', id: number, participant: string | null, kind: Kind } | { type: 'gone', id: number } | { type: 'count' }} UseMessage
 * @typedef {{ type: 'streams', readable: ReadableStream<Frame>, writable: WritableStream<Frame>, options: Use }} StreamsMessage where there is no RTCRtpScriptTransform
 * @typedef {OwnMessage | OthersMessage | UseMessage | StreamsMessage} ToWorker
 */

/**
 * What the worker says.
 * @typedef {{ type: 'counts', counts: Record<number, Counts> } | { type: 'spent' } | { type: 'unknown', participant: string, epoch: number }} FromWorker
 */

const toldEvery = 500;
const askedEvery = 1_000;
/** More than a room has. */
const askedMost = 512;

/** @type {any} */
const scope = self;
const say = (/** @type {FromWorker} */ message) => scope.postMessage(message);
const now = () => performance.now();

const own = new OwnKeys(() => say({ type: 'spent' }));
const others = new OthersKeys();
/** @type {Map<number, { participant: string | null, kind: Kind }>} */
const expected = new Map();
/** @type {Map<number, Counts>} */
const counts = new Map();
/** When a participant's secret was asked for last. @type {Map<string, number>} */
const asked = new Map();

/** @param {string} participant @param {number} epoch */
function onUnknown(participant, epoch) {
  if (now() - (asked.get(participant) ?? -Infinity) < askedEvery) return;
  if (asked.size >= askedMost) asked.clear();
  asked.set(participant, now());
  say({ type: 'unknown', participant, epoch });
}

/** @param {number} id */
function expectedOf(id, /** @type {Kind} */ kind) {
  const known = expected.get(id) ?? { participant: null, kind };
  expected.set(id, known);
  return known;
}

/** @param {{ readable: ReadableStream<Frame>, writable: WritableStream<Frame>, options: Use }} transformer */
function transform({ readable, writable, options: { id, does, kind } }) {
  const counted = noCounts();
  counts.set(id, counted);
  const through = does === 'seal' ? sealing(own.stream(), kind, counted) : opening(others, expectedOf(id, kind), counted, { now, onUnknown });
  // It ends with its sender or receiver.
  readable.pipeThrough(new TransformStream({ transform: through })).pipeTo(writable).catch(() => {});
}

scope.onrtctransform = (/** @type {any} */ { transformer }) => transform(transformer);

scope.onmessage = (/** @type {{ data: ToWorker }} */ { data }) => {
  switch (data.type) {
    case 'begin': return own.begin(data);
    case 'end': return own.end();
    case 'learn': return others.learn(data.participant, data, now());
    case 'forget': return others.forget(data.participant);
    case 'expect': return void Object.assign(expectedOf(data.id, data.kind), { participant: data.participant, kind: data.kind });
    case 'count': return tell();
    case 'gone': return void [expected, counts].forEach((map) => map.delete(data.id));
    case 'streams': return transform(data);
  }
};

let told = '';

function tell() {
  say({ type: 'counts', counts: Object.fromEntries(counts) });
}

setInterval(() => {
  const text = JSON.stringify(Object.fromEntries(counts));
  if (text !== told) tell();
  told = text;
}, toldEvery);
