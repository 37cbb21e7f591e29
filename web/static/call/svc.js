/**
 * Whether this device sends and shows VP9 with spatial layers in one stream (SVC), and the codecs by which that is asked for.
 *
 * **Found out by trying, on a connection that goes nowhere**: a browser leaves out of a sender's parameters what it does not know
 * (W3C WebRTC-SVC, section 5), and none is asked for its name. **A device that is slow, or lives on a battery, says no**: VP9 costs about
 * twice the work of VP8, and without it the room stays with what all can do.
 */
import { deviceKind } from './env.js';

/** The most that is sent; fewer layers are made of it (encodings.js). */
export const mode = 'L3T3_KEY';

/** Processor threads from which on a computer encodes three layers in VP9 and goes on answering. */
const coresFor = 4;

/** @typedef {{ vp8: RTCRtpCodec, vp9: RTCRtpCodec }} Codecs as the browser describes them */
/** @typedef {RTCRtpEncodingParameters & { codec?: RTCRtpCodec, scalabilityMode?: string }} Parameters of one encoding, with what TypeScript does not know yet */

/** @param {{ mimeType: string, sdpFmtpLine?: string }} codec @returns {boolean} VP9 of 8 bits a sample, which is meant where nothing is said (RFC 9628, section 6) */
export function isVP9({ mimeType, sdpFmtpLine = '' }) {
  const profile = /(?:^|;)\s*profile-id=(\d+)/.exec(sdpFmtpLine)?.[1] ?? '0';
  return mimeType.toLowerCase() === 'video/vp9' && profile === '0';
}

/**
 * @param {Pick<import('./env.js').Env, 'RTCPeerConnection' | 'RTCRtpReceiver' | 'browser'>} env
 * @returns {Codecs | null} null where VP9 is not to be sent
 */
export function svcCodecs({ RTCPeerConnection, RTCRtpReceiver, browser }) {
  if (deviceKind(browser) !== 'computer' || (browser.cores ?? 0) < coresFor) return null;
  const codecs = RTCRtpReceiver?.getCapabilities?.('video')?.codecs ?? [];
  const vp8 = codecs.find(({ mimeType }) => mimeType.toLowerCase() === 'video/vp8');
  const vp9 = codecs.find(isVP9);
  return vp8 && vp9 && keeps(RTCPeerConnection, vp9) ? { vp8, vp9 } : null;
}

/** @param {typeof RTCPeerConnection} Made @param {RTCRtpCodec} codec @returns {boolean} whether a sender takes codec and layers, and still has them when asked */
function keeps(Made, codec) {
  /** @type {RTCPeerConnection | null} */
  let trial = null;
  try {
    trial = new Made();
    /** @type {Parameters[]} */
    const sendEncodings = [{ codec, scalabilityMode: mode }];
    const { sender } = trial.addTransceiver('video', { direction: 'sendonly', sendEncodings });
    /** @type {Parameters[]} */
    const [kept] = sender.getParameters().encodings;
    return kept?.scalabilityMode === mode && !!kept.codec && isVP9(kept.codec);
  } catch {
    return false;
  } finally {
    trial?.close();
  }
}
