/**
 * One RTCPeerConnection with its fixed pool of m-lines: microphone, camera, then pairs that receive.
 *
 * **The client always offers, the m-lines only grow**, and one is switched on and off with `replaceTrack` alone: `inactive` would
 * stop it for good at the server. **No candidate leaves the page**: the server learns addresses from connectivity checks.
 */
import { encodingsFor, pausing, preferring, screenEncoding, thrifty } from './encodings.js';
import { isVP9 } from './svc.js';

/** @typedef {'mic' | 'cam' | 'screen' | 'sound'} Kind sound: that of the shared screen */
/** @typedef {import('./protocol.js').MLine} MLine */
/** @typedef {import('./encodings.js').Bounds & { watched?: boolean }} Bounds of the camera, and whether somebody watches the shared screen */

/** What a camera is sent as before its size is known: it is set again when there is a track. */
const defaultSize = /** @type {const} */ ([1280, 720]);

/** @type {RTCConfiguration} */
const configuration = { bundlePolicy: 'max-bundle', rtcpMuxPolicy: 'require' };

export class Peer {
  #env;
  #pc;
  /** @type {RTCConfiguration} what every later one repeats: a browser refuses another wish for transforms */
  #configuration;
  /** Whether it may lead over relays. */
  #relayed = false;
  #mic;
  #cam;
  /** @type {{ screen: RTCRtpTransceiver, sound: RTCRtpTransceiver } | null} the m-lines of a shared screen, from the first one on */
  #shared = null;
  /** @type {{ audio: RTCRtpTransceiver, video: RTCRtpTransceiver, stream: MediaStream, opens: import('../e2ee/sealer.js').Opening[] }[]} */
  #pairs = [];
  /** What each m-line is for, in their order. @type {{ transceiver: RTCRtpTransceiver, use: MLine['use'], slot?: number }[]} */
  #mLines = [];
  /** @type {Bounds} */
  #bounds = {};
  /** The camera's picture, as it is to be sent; the sender has it a moment later. @type {MediaStreamTrack | null} */
  #filmed = null;
  #codecs;
  /** @type {import('../e2ee/sealer.js').Sealer | null} */
  #sealer;

  /**
   * @param {Pick<import('./env.js').Env, 'RTCPeerConnection' | 'MediaStream' | 'RTCRtpReceiver'>} env
   * @param {(state: RTCPeerConnectionState) => void} onState
   * @param {import('../e2ee/sealer.js').Sealer | null} sealer null: what is sent goes plainly
   * @param {import('./svc.js').Codecs | null} [codecs] of this browser, where it can send VP9 with spatial layers
   */
  constructor(env, onState, sealer, codecs = null) {
    this.#env = env;
    this.#codecs = codecs;
    this.#sealer = sealer;
    this.#configuration = { ...configuration, ...sealer?.configuration };
    this.#pc = new env.RTCPeerConnection(this.#configuration);
    this.#pc.onconnectionstatechange = () => onState(this.#pc.connectionState);
    this.#mic = this.#sends('microphone', 'audio');
    this.#cam = this.#sends('camera', 'video', encodingsFor(...defaultSize));
  }

  /** @param {'microphone' | 'camera' | 'screen' | 'screen_audio'} use @param {'audio' | 'video'} kind @param {RTCRtpEncodingParameters[]} [sendEncodings] */
  #sends(use, kind, sendEncodings) {
    const transceiver = this.#pc.addTransceiver(kind, { direction: 'sendonly', ...(sendEncodings && { sendEncodings }) });
    // In this very task: what is sealed later was sent plainly before.
    this.#sealer?.seal(transceiver.sender, use);
    this.#prefer(transceiver, kind);
    this.#mLines.push({ transceiver, use });
    return transceiver;
  }

  /** Sound that repeats itself bridges losses; the server takes it apart for who does not know it. @param {RTCRtpTransceiver} transceiver @param {'audio' | 'video'} kind */
  #prefer(transceiver, kind) {
    const codecs = this.#env.RTCRtpReceiver?.getCapabilities?.(kind)?.codecs;
    if (!codecs || !transceiver.setCodecPreferences) return;
    transceiver.setCodecPreferences(kind === 'audio' ? preferring(codecs, 'audio/red', 'audio/opus') : preferring(codecs, 'video/VP8'));
  }

  /**
   * Lets a connection that does not come about lead over relays too, once an offer with new ICE credentials was made.
   * @param {RTCIceServer[]} relays
   * @returns {boolean} false where there is nothing new to try
   */
  relay(relays) {
    if (this.#relayed || relays.length === 0 || ['connected', 'completed'].includes(this.#pc.iceConnectionState)) return false;
    this.#relayed = true;
    this.#pc.setConfiguration({ ...this.#configuration, iceServers: relays });
    return true;
  }

  /** How many pairs receive. */
  get pairs() {
    return this.#pairs.length;
  }

  /** Adds pairs; they work after the next offer. @param {number} wanted how many there shall be */
  grow(wanted) {
    while (this.#pairs.length < wanted) {
      const audio = this.#pc.addTransceiver('audio', { direction: 'recvonly' });
      const video = this.#pc.addTransceiver('video', { direction: 'recvonly' });
      const opens = this.#sealer ? [this.#sealer.open(audio.receiver, 'audio'), this.#sealer.open(video.receiver, 'video')] : [];
      this.#prefer(audio, 'audio');
      this.#prefer(video, 'video');
      const slot = this.#pairs.length;
      this.#mLines.push({ transceiver: audio, use: 'audio', slot }, { transceiver: video, use: 'video', slot });
      this.#pairs.push({ audio, video, stream: new this.#env.MediaStream([audio.receiver.track, video.receiver.track]), opens });
    }
  }

  /** Adds the m-lines of a shared screen; they work after the next offer. @returns {boolean} whether there were none */
  addScreen() {
    if (this.#shared) return false;
    this.#shared = { screen: this.#sends('screen', 'video', [screenEncoding]), sound: this.#sends('screen_audio', 'audio') };
    return true;
  }

  /** Whose frames open in each slot from now on; nobody's in those that are not named. @param {import('./protocol.js').Slot[]} slots */
  expect(slots) {
    this.#pairs.forEach(({ opens }, at) => {
      const { participant = null, source } = slots.find(({ slot }) => slot === at) ?? {};
      for (const { expect } of opens) expect(participant, source === 'screen' || source === 'screen_audio');
    });
  }

  /** Sound and picture of a slot; the same object all the time. @param {number} slot @returns {MediaStream | null} null beyond the pool */
  stream(slot) {
    return this.#pairs[slot]?.stream ?? null;
  }

  /** @param {number} slot @returns {Promise<RTCStatsReport | null>} of the slot's picture */
  async videoStats(slot) {
    return (await this.#pairs[slot]?.video.receiver.getStats()) ?? null;
  }

  /** @param {number} slot @returns {Promise<number>} packets of the slot's sound */
  async heard(slot) {
    let packets = 0;
    (await this.#pairs[slot]?.audio.receiver.getStats())?.forEach((one) => {
      if (one.type === 'inbound-rtp') packets = one.packetsReceived ?? 0;
    });
    return packets;
  }

  stats() {
    return this.#pc.getStats();
  }

  /** The counts of the connection itself: those of one sender are the fewest that have them. */
  count = () => this.#mic.sender.getStats();

  /**
   * The next offer, already set as the local description.
   * @param {boolean} restart with new ICE credentials (RFC 8445, section 2.4)
   * @returns {Promise<{ sdp: string, lines: MLine[] }>}
   */
  async offer(restart) {
    const { sdp = '' } = await this.#pc.createOffer({ iceRestart: restart });
    await this.#pc.setLocalDescription({ type: 'offer', sdp });
    /** @type {MLine[]} */
    const lines = this.#mLines.map(({ transceiver, ...mLine }) => ({ mid: transceiver.mid ?? '', ...mLine }));
    // A later offer repeats the candidates gathered so far.
    return { sdp: sdp.replace(/^a=(candidate:.*|end-of-candidates)\r\n/gm, ''), lines };
  }

  /** @param {string} sdp @param {boolean} thrift whether sound is to cost little */
  async answer(sdp, thrift) {
    const { sender } = this.#cam;
    /** @type {import('./svc.js').Parameters[]} */
    const encodings = sender.getParameters().encodings;
    // Others than Chromium never get here with VP9, and need not know what a paused layer is.
    const off = encodings.some(({ codec }) => codec && isVP9(codec)) ? encodings.filter(({ active }) => !active).map(({ rid = '' }) => rid) : [];
    await this.#pc.setRemoteDescription({ type: 'answer', sdp: pausing(thrift ? thrifty(sdp) : sdp, off) });
    // Chromium switches every layer on that the answer accepts, whatever was set before.
    await this.#shape(sender, this.#filmed);
    await this.#wake();
  }

  /**
   * Sends a track in its m-line, or nothing.
   * @param {Kind} kind
   * @param {MediaStreamTrack | null} track
   */
  async send(kind, track) {
    if (kind === 'cam') this.#filmed = track;
    const transceiver = kind === 'mic' ? this.#mic : kind === 'cam' ? this.#cam : this.#shared?.[kind];
    if (!transceiver || transceiver.sender.track === track) return;
    const { sender } = transceiver;
    if (kind === 'cam' && track) await this.#fit(sender, track);
    if (kind === 'screen' && track) await this.#wake();
    await sender.replaceTrack(track);
    if (kind === 'cam' && !track) await this.#shape(sender, null);
  }

  /** What of the camera and of the screen is sent, from now on. @param {Bounds} bounds */
  async bound(bounds) {
    this.#bounds = bounds;
    const { sender } = this.#cam;
    await this.#shape(sender, this.#filmed);
    await this.#wake();
  }

  /** Layers for what there is to send. Of a camera that is off none: Chromium pads those that are on, with 40 kbit/s. @param {RTCRtpSender} sender @param {MediaStreamTrack | null} track */
  async #shape(sender, track) {
    if (track) return this.#fit(sender, track);
    const parameters = sender.getParameters();
    if (!parameters.encodings.some(({ active }) => active ?? true)) return undefined;
    for (const encoding of parameters.encodings) encoding.active = false;
    return sender.setParameters(parameters).catch(() => {});
  }

  /** The shared screen is coded while somebody watches it. */
  async #wake() {
    const sender = this.#shared?.screen.sender;
    if (!sender) return;
    const { watched = true } = this.#bounds;
    const parameters = sender.getParameters();
    const asleep = parameters.encodings.filter(({ active }) => (active ?? true) !== watched);
    if (asleep.length === 0) return;
    for (const encoding of asleep) encoding.active = watched;
    // A browser that refuses goes on as it did.
    await sender.setParameters(parameters).catch(() => {});
  }

  /** Codec, scale and activity of the layers, before the first picture of a new size is encoded. @param {RTCRtpSender} sender @param {MediaStreamTrack} track */
  async #fit(sender, track) {
    const { width = defaultSize[0], height = defaultSize[1] } = track.getSettings();
    if (this.#bounds.codec === 'vp9' && this.#codecs && (await this.#set(sender, encodingsFor(width, height, this.#bounds), this.#codecs.vp9))) return;
    // What the server is not sent in VP9 it takes in VP8, from anybody at any time.
    await this.#set(sender, encodingsFor(width, height, { ...this.#bounds, codec: 'vp8' }), this.#codecs?.vp8);
  }

  /**
   * @param {RTCRtpSender} sender
   * @param {import('./encodings.js').Encoding[]} wanted
   * @param {RTCRtpCodec} [codec]
   * @returns {Promise<boolean>} false where the browser refused them
   */
  async #set(sender, wanted, codec) {
    const parameters = sender.getParameters();
    /** @type {import('./svc.js').Parameters[]} */
    const encodings = parameters.encodings;
    const before = JSON.stringify(encodings);
    // Chromium stays with a codec that was named until another is; the same has to stand in all encodings, those that are off too.
    const named = codec && (isVP9(codec) || encodings.some((encoding) => encoding.codec));
    for (const encoding of encodings) {
      const { rid: _, scalabilityMode, ...layer } = wanted.find(({ rid }) => rid === encoding.rid) ?? wanted[2];
      Object.assign(encoding, layer, named && encoding.codec?.mimeType !== codec.mimeType && { codec }, scalabilityMode && { scalabilityMode });
      if (!scalabilityMode) delete encoding.scalabilityMode;
    }
    // A line too thin for all layers leaves the upper ones out; in VP9 Chromium would make all of them smaller besides, and not larger again.
    parameters.degradationPreference = codec && isVP9(codec) ? 'maintain-resolution' : undefined;
    // Setting them can make the encoder begin anew.
    if (JSON.stringify(encodings) === before) return true;
    try {
      await sender.setParameters(parameters);
      return true;
    } catch {
      // A browser that refuses the layers as they should be sends its own choice of them.
      return false;
    }
  }

  close() {
    this.#pc.onconnectionstatechange = null;
    this.#sealer?.drop(this.#mLines.map(({ transceiver }) => transceiver));
    this.#pc.close();
  }
}
