/**
 * Tries one transport, as a stranger: without a seat in any room, and without camera or microphone.
 *
 * **A refusal is an answer.** The relay shares the ports of the media, and answers whoever asks it for a relay without a valid name by an
 * error of its own: then the way there and back is open. 701 alone means that nothing answered (W3C WebRTC, section 4.8.3).
 */
import { askNodes } from './nodes.js';
import { together } from './report.js';

/** @typedef {import('./report.js').Check} Check */
/** @typedef {import('./report.js').Result} Result */
/** @typedef {Pick<import('../call/env.js').Env, 'fetch' | 'WebSocket' | 'RTCPeerConnection' | 'location' | 'browser' | 'setTimeout' | 'clearTimeout'>} Env */

/** How long nothing may answer. Firefox tells a refusal over TCP after ten seconds. */
const patience = 12_000;
/** The error that the browser makes itself, when the server was not reached. */
const notReached = 701;

/** @param {Env} env @param {Check} check @returns {Promise<Result>} */
export async function probe(env, { kind, transport, beyond }) {
  if (beyond) return 'untested';
  if (kind === 'pages') return pages(env);
  if (kind === 'socket') return socket(env);
  return together(await Promise.all(transport.addresses.map((address) => media(env, address, transport))));
}

/** @param {Env} env @returns {Promise<Result>} */
async function pages(env) {
  const abort = new AbortController();
  const timer = env.setTimeout(() => abort.abort(), patience);
  try {
    await askNodes(env, abort.signal);
    return 'works';
  } catch {
    return 'blocked';
  } finally {
    env.clearTimeout(timer);
  }
}

/** Opened and closed again: who says nothing on it is nobody. @param {Env} env @returns {Promise<Result>} */
function socket(env) {
  return new Promise((done) => {
    const { protocol, host } = env.location;
    const one = new env.WebSocket(`${protocol === 'https:' ? 'wss' : 'ws'}://${host}/ws`);
    const end = (/** @type {Result} */ result) => {
      env.clearTimeout(timer);
      one.onopen = one.onclose = null;
      one.close();
      done(result);
    };
    const timer = env.setTimeout(() => end('blocked'), patience);
    one.onopen = () => end('works');
    one.onclose = () => end('blocked');
  });
}

/** @param {Env} env @param {string} address @param {import('./nodes.js').Transport} transport @returns {Promise<Result>} */
function media(env, address, { protocol, port, tls }) {
  const at = `${address.includes(':') ? `[${address}]` : address}:${port}`;
  const udp = protocol === 'udp';
  /** @type {RTCIceServer[]} */
  const servers = [{ urls: `${tls ? 'turns' : 'turn'}:${at}?transport=${protocol}`, username: 'stranger', credential: 'stranger' }];
  // Firefox waits for ever for what the relay refuses over UDP; behind NAT, though, it tells what STUN has said.
  if (udp) servers.push({ urls: `stun:${at}` });
  const firefox = /\bFirefox\//.test(env.browser.userAgent);
  return new Promise((done) => {
    /** @type {RTCPeerConnection} */
    let peer;
    try {
      peer = new env.RTCPeerConnection({ iceServers: servers, iceTransportPolicy: udp ? 'all' : 'relay' });
    } catch {
      done('untested'); // no WebRTC, or a port that this browser refuses to ask at
      return;
    }
    const tells = 'onicecandidateerror' in peer;
    /** Nothing answered: where the browser would have told an answer. @type {Result} */
    const silence = tells && !(udp && firefox) ? 'blocked' : 'untested';
    let failed = false;
    const end = (/** @type {Result} */ result) => {
      env.clearTimeout(timer);
      peer.onicecandidate = peer.onicecandidateerror = peer.onicegatheringstatechange = null;
      peer.close();
      done(result);
    };
    const timer = env.setTimeout(() => end(silence), patience);
    peer.onicecandidate = ({ candidate }) => {
      if (candidate?.type === 'srflx' || candidate?.type === 'relay') end('works');
    };
    peer.onicecandidateerror = ({ errorCode }) => {
      if (errorCode === notReached) failed = true;
      else end('works');
    };
    peer.onicegatheringstatechange = () => {
      // Without one failure nothing was tried: some offices forbid their browsers UDP.
      if (peer.iceGatheringState === 'complete') end(failed ? silence : 'untested');
    };
    peer.createDataChannel('');
    peer.setLocalDescription().catch(() => end('untested'));
  });
}
