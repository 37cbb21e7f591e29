/**
 * The connection of two browsers to each other, beside that to the server.
 *
 * **Nothing is replaced before it plays**: the server's way goes on until pictures are decoded here, and the other sends it until he is told so.
 * **The elements stay**: what comes takes the place of the server's tracks in the same MediaStream. **It gives way at once** when it is ended, or
 * when nothing is heard of the other: he says so twice a second, since one who listens or is silent sends nothing else.
 */
import { preferring, soloFor } from './encodings.js';

/** @typedef {'mic' | 'cam'} Kind */
/** @typedef {{ pair: string, participant: string, offers: boolean, mode: 'relay' | 'direct', relays: RTCIceServer[] }} Begun */
/** @typedef {{ participant: string, pictured: boolean } | null} Shown */

/**
 * What it needs to know of the call, and does to it.
 * @typedef {object} Surroundings
 * @property {(type: string, body: object) => Promise<unknown>} say to the server; rejects when it did not take it
 * @property {(participant: string) => MediaStream | null} stream of the other's tile
 * @property {(participant: string) => Promise<number>} heard how many packets of the other's sound have come by the server
 * @property {(participant: string) => { audio: boolean, video: boolean }} expected what the other has switched on
 * @property {() => boolean} wanted whether the person wants to see as much as comes
 * @property {() => { saver: boolean, height: number }} bounds of the camera
 * @property {(rests: boolean) => void} rest whether microphone and camera are sent by the server no more
 * @property {(shown: Shown) => void} onShown
 * @property {() => import('../e2ee/sealer.js').Sealer | null} sealer null: there is no way but the server's, where what goes on it may go plainly
 */

/**
 * Relays over TCP and TLS are asked for when those over UDP have led nowhere for so long. Browsers stop looking for better ways with the first one that
 * leads there, and a datagram that was lost would make that one TLS for the whole call.
 */
const widerAfter = 1_500;
/** From when on who answers takes a new offer for the wider one. */
const widerFrom = 1_000;

const lookedEvery = 100;
/** Packets of sound that have to come before a way is played: a quarter of a second, in which a browser finds out how long to wait for each. */
const soundEnough = 12;
const pulseEvery = 500;
/** What a pulse says: whether one wants what the other sends here. Who saves data takes less, from the server. */
const beats = { wanted: '.', unwanted: '-' };
/** While one of the two wants nothing of this way. */
const restedEvery = 5_000;
/** It is said some times before, since what is said may be lost. */
const saidTimes = 4;
const heedEvery = 1_000;
const silentFor = 1_500;
/**
 * A thin line may let beats through and next to no sound: it is looked so often whether any has come, and how much of what was heard the browser
 * made up. Who speaks sends fifty packets a second, who is silent two or three.
 */
const listenedEvery = 3_000;
const madeUpMost = 0.5;
/** After it gave way it stays so for this long. */
const calm = 5_000;
/** How long who was parted gently goes on with what comes here; the server relays it for a second. */
const fadesFor = 900;

export class Direct {
  #env;
  #begun;
  #around;
  /** @type {RTCPeerConnection} */
  #pc;
  /** @type {RTCDataChannel} */
  #pulse;
  /** @type {Record<Kind, MediaStreamTrack | null>} */
  #tracks;
  /** @type {RTCIceCandidateInit[] | null} those of the other that came before his description; null after it */
  #early = [];
  #sealer;
  /** What has its transforms. @type {Set<RTCRtpTransceiver>} */
  #led = new Set();
  #negotiating = Promise.resolve();
  #sending = Promise.resolve();
  /** The tile's stream and what this way took the place of, while it is played. @type {{ stream: MediaStream, tracks: MediaStreamTrack[] } | null} */
  #instead = null;
  #pictured = false;
  #ended = false;
  /** Whether the other wants to see and hear what is sent here: as it is heeded, and as he said it last. */
  #asked = true;
  #asks = true;
  #heeded = -Infinity;
  /** @type {any} */
  #heeding = null;
  /** Whether the other plays what comes from here, as he said last. */
  #peerShown = false;
  /** What the other was told of that last. */
  #saidWanted = true;
  /** Beats since one of the two wanted nothing. */
  #rested = 0;
  #heardAt = 0;
  /** What had come, been heard and been made up of the sound when that was looked at last, and when that was. */
  #listened = { sound: 0, samples: 0, madeUp: 0, at: 0 };
  /** Not played before this time. */
  #calmUntil = 0;
  /** What had come when it last gave way: only what comes afterwards counts. */
  #before = { sound: 0, frames: 0 };
  /** Since when there is no connection, or none that carries anything; infinite while there is one. */
  #parted = 0;
  /** @type {any} */
  #widening = null;
  /** @type {any} */
  #looking = null;
  /** @type {any} */
  #pulsing = null;

  /**
   * @param {import('./env.js').Env} env
   * @param {Begun} begun
   * @param {Surroundings} around
   * @param {Record<Kind, MediaStreamTrack | null>} tracks what is sent now
   * @param {import('../e2ee/sealer.js').Sealer} sealer
   */
  constructor(env, begun, around, tracks, sealer) {
    this.#env = env;
    this.#begun = begun;
    this.#around = around;
    this.#tracks = { ...tracks };
    this.#parted = env.now();
    this.#sealer = sealer;
    this.#pc = new env.RTCPeerConnection(this.#configuration(false));
    this.#pc.onicecandidate = ({ candidate }) => void (candidate && this.#say({ candidates: [{ candidate: candidate.candidate, mid: candidate.sdpMid ?? '0' }] }));
    this.#pc.onconnectionstatechange = () => this.#onState();
    // Of those that the other's offer makes this is the first that is told.
    this.#pc.ontrack = ({ transceiver }) => this.#lead(transceiver);
    // Agreed on without a word (RFC 8831, section 6.5), so that it stands with the connection. What is late is of no use.
    this.#pulse = this.#pc.createDataChannel('pulse', { negotiated: true, id: 0, ordered: false, maxRetransmits: 0 });
    this.#pulse.onmessage = ({ data }) => {
      this.#heardAt = env.now();
      this.#asks = data !== beats.unwanted;
      // Whoever changes his mind all the time is heeded once a second.
      if (this.#asks !== this.#asked) this.#heeding ??= env.setTimeout(() => this.#heed(), Math.max(0, this.#heeded + heedEvery - env.now()));
    };
  }

  /** @param {boolean} wide whether with relays over TCP and TLS @returns {RTCConfiguration} */
  #configuration(wide) {
    const { relays, mode } = this.#begun;
    /** @param {string} url */
    const offered = (url) => wide || !url.endsWith('transport=tcp');
    return {
      iceServers: relays.map((relay) => ({ ...relay, urls: [relay.urls].flat().filter(offered) })).filter(({ urls }) => urls.length > 0),
      iceTransportPolicy: mode === 'relay' ? 'relay' : 'all', bundlePolicy: 'max-bundle', rtcpMuxPolicy: 'require', ...this.#sealer.configuration,
    };
  }

  /** The other wants what is sent here, or no longer does. */
  #heed() {
    this.#heeding = null;
    if (this.#ended || this.#asks === this.#asked) return;
    this.#asked = this.#asks;
    this.#heeded = this.#env.now();
    this.#beat();
    if (!this.#asked && this.#instead) this.#giveWay();
    if (this.#asked) this.#resend();
    else this.peerShows(false);
  }

  #resend() {
    for (const kind of /** @type {const} */ (['mic', 'cam'])) void this.send(kind, this.#tracks[kind]);
  }

  /** Names this connection at the server. */
  get pair() {
    return this.#begun.pair;
  }

  async begin() {
    this.#beat();
    this.#watch();
    if (!this.#begun.offers) return;
    for (const kind of /** @type {const} */ (['audio', 'video'])) this.#lead(this.#pc.addTransceiver(kind, { direction: 'sendrecv' }));
    await this.#fill();
    this.#offer(false);
  }

  /** What goes through it is sealed, and what comes opened; in the task that made it. @param {RTCRtpTransceiver} transceiver */
  #lead(transceiver) {
    if (this.#led.has(transceiver)) return;
    this.#led.add(transceiver);
    const { sender, receiver } = transceiver;
    const audio = receiver.track.kind === 'audio';
    this.#sealer.seal(sender, audio ? 'microphone' : 'camera');
    this.#sealer.open(receiver, audio ? 'audio' : 'video').expect(this.#begun.participant);
  }

  /** The websocket of one of the two was away: what was said meanwhile is lost. */
  async again() {
    await this.#tell(!!this.#instead);
    if (this.#pc.connectionState !== 'connected' && this.#begun.offers) this.#offer(true);
  }

  /** The websocket is back and the server has not yet said that this still holds: what is sent goes both ways until then. */
  doubt() {
    this.peerShows(false);
  }

  /** What the other says of his side. @param {{ description?: RTCSessionDescriptionInit, candidates?: { candidate: string, mid: string }[] }} said */
  async hear({ description, candidates = [] }) {
    for (const { candidate, mid } of candidates) {
      const one = { candidate, sdpMid: mid };
      if (this.#early) this.#early.push(one);
      else await this.#pc.addIceCandidate(one).catch(() => {});
    }
    if (!description || this.#ended) return;
    this.#negotiating = this.#negotiating.then(() => this.#take(description)).catch(() => {});
    await this.#negotiating;
  }

  /** @param {RTCSessionDescriptionInit} description */
  async #take(description) {
    // An answer to an offer that was made anew meanwhile is of no use.
    if (description.type === 'answer' && this.#pc.signalingState !== 'have-local-offer') return;
    if (description.type === 'offer') this.#pc.setConfiguration(this.#configuration(!this.#stands && this.#env.now() - this.#parted >= widerFrom));
    await this.#pc.setRemoteDescription(description);
    const early = this.#early ?? [];
    this.#early = null;
    for (const candidate of early) await this.#pc.addIceCandidate(candidate).catch(() => {});
    if (description.type !== 'offer') return;
    for (const transceiver of this.#pc.getTransceivers()) transceiver.direction = 'sendrecv';
    await this.#fill();
    await this.#pc.setLocalDescription();
    this.#describe();
  }

  get #stands() {
    return this.#pc.connectionState === 'connected';
  }

  /** @param {boolean} restart with new ICE credentials @param {boolean} [wide] with relays over TCP and TLS */
  #offer(restart, wide = false) {
    this.#env.clearTimeout(this.#widening);
    if (!wide) this.#widening = this.#env.setTimeout(() => void (this.#stands || this.#offer(true, true)), widerAfter);
    this.#negotiating = this.#negotiating.then(async () => {
      if (this.#ended) return;
      this.#pc.setConfiguration(this.#configuration(wide));
      await this.#pc.setLocalDescription(await this.#pc.createOffer({ iceRestart: restart }));
      this.#describe();
    }).catch(() => {});
  }

  #describe() {
    const { type, sdp = '' } = /** @type {RTCSessionDescription} */ (this.#pc.localDescription);
    this.#say({ description: { type, sdp: sdp.replace(/^a=(candidate:.*|end-of-candidates)\r\n/gm, '') } });
  }

  /** @param {object} said */
  #say(said) {
    // What is not taken is of a pair that is over, or was lost with the websocket: then it is said again.
    if (!this.#ended) this.#around.say('pair_signal', { pair: this.pair, ...said }).catch(() => {});
  }

  /** @param {Kind} kind @returns {RTCRtpTransceiver | undefined} */
  #transceiver(kind) {
    return this.#pc.getTransceivers()[kind === 'mic' ? 0 : 1];
  }

  async #fill() {
    for (const [kind, media, ...wanted] of /** @type {const} */ ([['mic', 'audio', 'audio/red', 'audio/opus'], ['cam', 'video', 'video/VP8']])) {
      const codecs = this.#env.RTCRtpReceiver?.getCapabilities?.(media)?.codecs;
      if (codecs) this.#transceiver(kind)?.setCodecPreferences?.(preferring(codecs, ...wanted));
    }
    for (const kind of /** @type {const} */ (['mic', 'cam'])) await this.send(kind, this.#tracks[kind]);
  }

  /** Sends a track on this way too, or nothing. @param {Kind} kind @param {MediaStreamTrack | null} wanted */
  send(kind, wanted) {
    this.#tracks[kind] = wanted;
    // One after the other, and what counts is how things stand when its turn comes.
    this.#sending = this.#sending.then(() => this.#send(kind));
    return this.#sending;
  }

  /** @param {Kind} kind */
  async #send(kind) {
    // It is played on both sides or on none: who wants nothing of it sends on until the other no longer plays it.
    const track = this.#asked && (this.#around.wanted() || this.#peerShown) ? this.#tracks[kind] : null;
    const sender = this.#transceiver(kind)?.sender;
    if (!sender || this.#ended) return;
    try {
      if (kind === 'cam' && track) await this.#fit(sender, track);
      if (sender.track !== track) await sender.replaceTrack(track);
    } catch {
      // A track that ended in between; whoever owns it gives another.
    }
  }

  /** @param {RTCRtpSender} sender @param {MediaStreamTrack} track */
  async #fit(sender, track) {
    const { width = 1280, height = 720 } = track.getSettings();
    const parameters = sender.getParameters();
    if (!parameters.encodings?.length) return; // before the first description
    Object.assign(parameters.encodings[0], soloFor(width, height, this.#around.bounds()));
    await sender.setParameters(parameters).catch(() => {});
  }

  /** The other plays what comes from here, or no longer does. @param {boolean} shows */
  peerShows(shows) {
    this.#peerShown = shows;
    this.#around.rest(shows);
    this.#resend();
  }

  /** @returns {Promise<RTCStatsReport> | null} null while what is sent here goes unheard: it says nothing then of how it arrives */
  stats() {
    return this.#peerShown ? this.#pc.getStats() : null;
  }

  #onState() {
    if (this.#ended) return;
    if (this.#stands) {
      this.#heardAt = this.#env.now();
      this.#parted = Infinity;
    }
    if (this.#pc.connectionState === 'failed' || this.#pc.connectionState === 'disconnected') this.#lose();
  }

  #beat() {
    this.#env.clearTimeout(this.#pulsing);
    this.#saidWanted = this.#around.wanted();
    this.#rested = this.#asked && this.#saidWanted ? 0 : this.#rested + 1;
    if (this.#pulse.readyState === 'open') this.#pulse.send(this.#saidWanted ? beats.wanted : beats.unwanted);
    this.#pulsing = this.#env.setTimeout(() => {
      if (this.#instead && this.#env.now() - this.#heardAt > silentFor) this.#lose();
      this.#beat();
    }, this.#pulse.readyState === 'open' && this.#rested > saidTimes ? restedEvery : pulseEvery);
  }

  /** Nothing comes any more: the server's way is taken, and this one repaired. */
  #lose() {
    this.#parted = Math.min(this.#parted, this.#env.now());
    this.#around.rest(false);
    if (this.#instead) this.#giveWay();
    else this.#calmUntil = this.#env.now() + calm;
    if (this.#begun.offers) this.#offer(true);
  }

  #giveWay() {
    this.#restore();
    this.#calmUntil = this.#env.now() + calm;
    void this.#tell(false);
  }

  /** @param {boolean} shown */
  #tell(shown) {
    return this.#around.say('pair_shown', { pair: this.pair, shown }).catch(() => {});
  }

  #watch() {
    this.#looking = this.#env.setTimeout(async () => {
      await this.#check().catch(() => {});
      if (!this.#ended) this.#watch();
    }, this.#instead ? pulseEvery : lookedEvery);
  }

  /** Plays this way when enough of it has come, and notices when a picture came later. */
  async #check() {
    if (this.#pc.connectionState !== 'connected') return;
    const now = await this.#counts();
    if (this.#ended) return;
    const { audio, video } = this.#around.expected(this.#begun.participant);
    const heard = now.sound - this.#before.sound >= soundEnough;
    const seen = now.frames > this.#before.frames;
    if (this.#instead) {
      if (!this.#hears(now) && audio) this.#lose();
      else if (seen !== this.#pictured) this.#report(seen);
    } else if (!this.#asked || !this.#around.wanted() || this.#env.now() < this.#calmUntil || this.#env.now() - this.#heardAt > silentFor) {
      this.#before = now;
    } else if ((!audio || heard) && (!video || seen)) {
      this.#listened = { ...now, at: this.#env.now() };
      this.#play(seen);
    }
  }

  /** @param {{ sound: number, samples: number, madeUp: number }} now */
  #hears(now) {
    const { at, ...before } = this.#listened;
    if (this.#env.now() - at < listenedEvery) return true;
    this.#listened = { ...now, at: this.#env.now() };
    return now.sound > before.sound && now.madeUp - before.madeUp <= madeUpMost * (now.samples - before.samples);
  }

  async #counts() {
    const counts = { sound: 0, frames: 0, samples: 0, madeUp: 0 };
    (await this.#pc.getStats()).forEach((one) => {
      if (one.type !== 'inbound-rtp') return;
      if (one.kind === 'audio') {
        counts.sound += one.packetsReceived ?? 0;
        counts.samples += one.totalSamplesReceived ?? 0;
        counts.madeUp += (one.concealedSamples ?? 0) - (one.silentConcealedSamples ?? 0);
      } else counts.frames += one.framesDecoded ?? 0;
    });
    return counts;
  }

  /** @param {boolean} pictured */
  #play(pictured) {
    if (!this.#swap()) return;
    this.#report(pictured);
    void this.#tell(true);
    // Of what this side alone took for dead the other may have noticed nothing.
    if (this.#peerShown) this.#around.rest(true);
  }

  /** Puts this way's tracks in the place of the server's. @returns {boolean} false while the other has no tile */
  #swap() {
    const stream = this.#around.stream(this.#begun.participant);
    if (!stream) return false;
    const tracks = stream.getTracks();
    change(stream, tracks, this.#pc.getTransceivers().map(({ receiver }) => receiver.track));
    this.#instead = { stream, tracks };
    return true;
  }

  /** Puts the server's tracks back. */
  #restore() {
    const instead = this.#instead;
    if (!instead) return;
    this.#instead = null;
    change(instead.stream, this.#pc.getTransceivers().map(({ receiver }) => receiver.track), instead.tracks);
    this.#around.onShown(null);
  }

  /** @param {boolean} pictured */
  #report(pictured) {
    this.#pictured = pictured;
    this.#around.onShown({ participant: this.#begun.participant, pictured });
  }

  /** The tiles, or what the person wants to see, changed: another stream, perhaps. */
  look() {
    if (this.#around.wanted() !== this.#saidWanted) {
      this.#beat();
      this.#resend();
    }
    if (!this.#instead) return;
    if (!this.#around.wanted()) {
      this.#giveWay();
      return;
    }
    const stream = this.#around.stream(this.#begun.participant);
    if (!stream || stream === this.#instead.stream) return;
    const pictured = this.#pictured;
    this.#restore();
    if (this.#swap()) this.#report(pictured);
  }

  /** @param {boolean} gently go on with what comes here until something comes by the server */
  end(gently) {
    if (this.#ended) return;
    this.#ended = true;
    for (const timer of [this.#looking, this.#pulsing, this.#heeding, this.#widening]) this.#env.clearTimeout(timer);
    this.#around.rest(false);
    if (gently && this.#instead) void this.#fade();
    else this.#close();
  }

  /** The other may hear the server's way later than this side does: what he plays of this one is sent until the end. */
  async #fade() {
    const until = this.#env.now() + fadesFor;
    const { participant } = this.#begun;
    const before = await this.#around.heard(participant);
    while (this.#env.now() < until) {
      await new Promise((done) => this.#env.setTimeout(() => done(null), 40));
      if (this.#instead && (await this.#around.heard(participant)) >= before + soundEnough) this.#restore();
    }
    this.#close();
  }

  #close() {
    this.#restore();
    this.#pc.onconnectionstatechange = null;
    this.#pc.onicecandidate = this.#pc.ontrack = null;
    this.#sealer.drop([...this.#led]);
    this.#pc.close();
  }
}

/**
 * The old ones go first: Firefox goes on showing the track that it has chosen, and chooses another only when one comes while it has none.
 * @param {MediaStream} stream @param {MediaStreamTrack[]} from @param {MediaStreamTrack[]} to
 */
function change(stream, from, to) {
  for (const track of from) stream.removeTrack(track);
  for (const track of to) stream.addTrack(track);
}
