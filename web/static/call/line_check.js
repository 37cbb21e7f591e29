/**
 * Tries the line of somebody who waits: the page connects to itself, through the node's relay and back, over the ports that a call uses.
 *
 * **No picture and no sound leave the page**: what is sent is counted zeros, about 100 kB in two seconds. **A figure is of both directions**: each
 * message goes to the server and comes back.
 */

/** @typedef {{ roundTrip: number, loss: number, bits: number }} Found ms to the server and back; share of what was sent; bits per second that came */
/** @typedef {import('./protocol.js').Relay} Relay */

const connectWithin = 6_000;
const pings = 8;
const pingEvery = 60;
/** What comes later than this is of no use to a call. */
const lateAfter = 1_000;
const size = 1_100;
const sentEvery = 20;
const atOnce = 4;
const sentFor = { usual: 2_000, sparing: 800 };

/**
 * @param {Pick<import('./env.js').Env, 'RTCPeerConnection' | 'setTimeout' | 'clearTimeout' | 'now'>} env
 * @param {{ near: Relay, far: Relay }} way the relays for the two ends
 * @param {{ sparing?: boolean, signal: AbortSignal }} options sparing: the person asked for little data; signal ends it early
 * @returns {Promise<Found | null>} null where the relay was not reached, the page was too busy to measure, or it was ended
 */
export async function tryLine(env, way, { sparing = false, signal }) {
  const [near, far] = [way.near, way.far].map((relay) => new env.RTCPeerConnection({ iceServers: [relay], iceTransportPolicy: 'relay' }));
  const close = () => [near, far].forEach((end) => end.close());
  signal.addEventListener('abort', close);
  try {
    const channel = await joined(env, near, far, signal);
    return channel && (await measured(env, channel, sparing ? sentFor.sparing : sentFor.usual, signal));
  } catch {
    return null; // closed meanwhile
  } finally {
    signal.removeEventListener('abort', close);
    close();
  }
}

/** @typedef {{ send: (message: Uint8Array<ArrayBuffer>) => void, waiting: () => number, onBack: (message: DataView) => void, onCame: (message: DataView) => void }} Channel onCame: at the other end */

/**
 * @param {Pick<import('./env.js').Env, 'setTimeout' | 'clearTimeout'>} env
 * @param {RTCPeerConnection} near @param {RTCPeerConnection} far @param {AbortSignal} signal
 * @returns {Promise<Channel | null>}
 */
async function joined(env, near, far, signal) {
  const options = { negotiated: true, id: 0, ordered: false, maxRetransmits: 0 };
  const [here, there] = [near.createDataChannel('line', options), far.createDataChannel('line', options)];
  here.binaryType = there.binaryType = 'arraybuffer';
  near.onicecandidate = ({ candidate }) => void (candidate && far.addIceCandidate(candidate).catch(() => {}));
  far.onicecandidate = ({ candidate }) => void (candidate && near.addIceCandidate(candidate).catch(() => {}));
  const opened = Promise.all([here, there].map((channel) => new Promise((done) => (channel.onopen = done))));
  /** @type {any} */
  let timer;
  const late = new Promise((done) => {
    timer = env.setTimeout(() => done(null), connectWithin);
    signal.addEventListener('abort', () => done(null));
  });
  // One end offers no candidates before the other knows of the connection.
  const offer = await near.createOffer();
  await far.setRemoteDescription(offer);
  const answer = await far.createAnswer();
  await near.setLocalDescription(offer);
  await far.setLocalDescription(answer);
  await near.setRemoteDescription(answer);
  const stands = await Promise.race([opened, late]);
  env.clearTimeout(timer);
  if (!stands) return null;
  /** @type {Channel} */
  const channel = { send: (message) => here.send(message), waiting: () => here.bufferedAmount, onBack: () => {}, onCame: () => {} };
  here.onmessage = ({ data }) => channel.onBack(new DataView(data));
  there.onmessage = ({ data }) => {
    channel.onCame(new DataView(data));
    if (data.byteLength < size) there.send(data);
  };
  return channel;
}

/**
 * @param {Pick<import('./env.js').Env, 'setTimeout' | 'now'>} env
 * @param {Channel} channel @param {number} duration ms @param {AbortSignal} signal
 * @returns {Promise<Found | null>}
 */
async function measured(env, channel, duration, signal) {
  const pause = (/** @type {number} */ ms) => new Promise((done) => env.setTimeout(() => done(null), ms));
  /** @type {number[]} */
  const trips = [];
  // Sent and come back: twice to the server and back.
  channel.onBack = (message) => void trips.push((env.now() - message.getFloat64(0)) / 2);
  for (let n = 0; n < pings && !signal.aborted; n++) {
    channel.send(stamped(new Uint8Array(8), env.now()));
    await pause(pingEvery);
  }
  let sent = 0;
  let came = 0;
  let last = 0;
  channel.onCame = (message) => {
    if (message.byteLength < size || env.now() - message.getFloat64(0) > lateAfter) return;
    came++;
    last = env.now();
  };
  const begun = env.now();
  const most = Math.floor(duration / sentEvery);
  let offered = 0;
  let missed = 0;
  while (offered < most && !signal.aborted) {
    const due = Math.min(most, Math.floor((env.now() - begun) / sentEvery) + 1);
    // A page that was kept from it does not send all at once what it should have sent meanwhile.
    missed += Math.max(0, due - atOnce - offered);
    for (offered = Math.max(offered, due - atOnce); offered < due; offered++) {
      // A line that takes no more is not given more: what waits here is not lost.
      if (channel.waiting() >= 2 * size) continue;
      channel.send(stamped(new Uint8Array(size), env.now()));
      sent++;
    }
    await pause(sentEvery);
  }
  if (came < sent) await pause(lateAfter);
  // A page that did not get round to it has measured itself.
  if (signal.aborted || sent === 0 || missed > most / 4) return null;
  trips.sort((a, b) => a - b);
  return {
    roundTrip: trips[trips.length >> 1] ?? lateAfter, loss: 1 - came / sent, bits: came === 0 ? 0 : (came * size * 8_000) / Math.max(last - begun, 1),
  };
}

/** @param {Uint8Array<ArrayBuffer>} message @param {number} now */
function stamped(message, now) {
  new DataView(message.buffer).setFloat64(0, now);
  return message;
}

/** What it is good for. Below 250 kbit/s the smallest picture is not steady beside the sound. @param {Found} found @returns {'good' | 'sound' | 'weak'} */
export function outlookOf({ roundTrip, loss, bits }) {
  if (loss <= 0.03 && bits >= 250_000 && roundTrip <= 400) return 'good';
  if (loss <= 0.12 && bits >= 60_000 && roundTrip <= 1_000) return 'sound';
  return 'weak';
}
