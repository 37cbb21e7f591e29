/**
 * The media connection of an admitted person: made, grown, repaired and made anew.
 *
 * **One offer at a time**, and only while the websocket stands. **A broken connection is repaired in place** (ICE restart);
 * when that does not help, a new connection with the next generation replaces it. **Where nothing leads to the server**, relays are tried.
 * Owner of the signal `state`.
 */
import { signal } from '../third_party/preact.js';
import { Peer } from './peer.js';
import { Pulse } from './pulse.js';
import { Refused } from './protocol.js';
import { Slots } from './slots.js';
import { Strain } from './strain.js';
import { svcCodecs } from './svc.js';

/** @typedef {import('./peer.js').Kind} Kind */

const disconnectedFor = 1_500;
/** A line that falls silent again and again is repaired no more often than this, twice as long apart each time, until it has stood for a minute. */
const repairFirst = 5_000;
const repairLast = 20_000;
const trustedAfter = 60_000;
/** What the server did not take of a connection that stands is asked for again. */
const offeredAgain = 3_000;
/** Refusals that pass. */
const passing = ['lost', 'too_fast', 'unavailable'];
const connectWithin = 10_000;
/**
 * Before this no relay is asked: it costs the server a connection for each, and who reaches the server itself needs none. ICE tries UDP and
 * TCP at once (RFC 6544), the relay is reached by TLS, so that this wait is the last rung of the ladder.
 */
const relayAfter = 2_000;
const rebuildFirst = 300;
const rebuildLast = 8_000;
/** Most pairs that receive, whatever the server wants: 64 m-lines with those that send. */
const mostPairs = 30;

export class Peers {
  #env;
  #signaling;
  #onSession;
  #slots;
  /** @type {Peer | null} */
  #peer = null;
  /** Counts the connections of this page, from 1. It never begins anew: the server may remember the last one although its session is lost. */
  #generation = 0;
  /** @type {{ restart: boolean } | null} the offer that is due */
  #due = null;
  /**
   * The connection that makes an offer now. Nothing waits for one that was closed meanwhile: what a browser was doing with it then never
   * settles (W3C WebRTC, section 4.4.1: "if connection.[[IsClosed]] is true, abort these steps").
   * @type {Peer | null}
   */
  #offering = null;
  /** Whether the present connection had an answer. */
  #answered = false;
  #rebuilds = 0;
  /** When the pulse last made it repair, and how long it leaves the line alone afterwards, ms. */
  #repaired = -Infinity;
  #pace = repairFirst;
  /** @type {any} until an offer is made again that the server did not take */
  #again = null;
  /** @type {any} of the patience with the present state */
  #timer = null;
  /** @type {any} until relays are tried */
  #rung = null;
  /** @type {RTCIceServer[]} */
  #relays = [];
  /** @type {Record<Kind, MediaStreamTrack | null>} */
  #tracks = { mic: null, cam: null, screen: null, sound: null };
  /** Layers of the camera that somebody watches; null while the server has not said. @type {number[] | null} */
  #demand = null;
  /** Whether somebody watches the shared screen. */
  #watched = true;
  #saver = false;
  /** Whether sound is to cost little. */
  #thrift = false;
  /** Whether microphone and camera are sent on another way. */
  #rests = false;
  /** What is sent in the microphone's place meanwhile. @type {{ of: MediaStreamTrack, track: MediaStreamTrack } | null} */
  #silence = null;
  /** What cameras are to be sent as. @type {'vp8' | 'vp9'} */
  #codec = 'vp8';
  /** Of the camera's picture, at most, by the room's rule. */
  #height = 720;
  /** Of this browser, where it can send VP9 with spatial layers; undefined before it was tried. @type {import('./svc.js').Codecs | null | undefined} */
  #codecs;
  /** Whether VP9 turned out to be too much work for this device. */
  #relieved = false;
  #strain;
  #pulse;
  /** Changes of what the present connection sends, one after the other. */
  #sending = Promise.resolve();

  /** @type {import('../third_party/preact.js').Signal<'none' | 'connecting' | 'connected' | 'broken'>} */
  state = signal('none');

  /**
   * @param {import('./env.js').Env} env
   * @param {Pick<import('./connection.js').Connection, 'isOpen' | 'request' | 'tell' | 'doubt'>} signaling the websocket
   * @param {() => void} onSession the server holds a new media session, which knows nothing of before
   */
  constructor(env, signaling, onSession) {
    this.#env = env;
    this.#signaling = signaling;
    this.#onSession = onSession;
    this.#slots = new Slots(env, (seq) => signaling.tell('slots_ack', { seq }));
    this.tiles = this.#slots.tiles;
    this.#strain = new Strain(env, () => this.stats(), () => this.#relieve());
    this.#pulse = new Pulse(env, (beats) => this.#onBeat(beats));
  }

  /** Where a connection may lead over when nothing else does. @param {RTCIceServer[]} relays */
  allow(relays) {
    this.#relays = relays;
  }

  /** The server holds no media session of ours: make the first connection. */
  begin() {
    this.#rebuilds = 0;
    this.#build();
  }

  /** The websocket is back and the server kept the media session. */
  resume() {
    if (!this.#peer) this.#build();
    else if (this.state.value !== 'connected') this.#repair();
    // An offer whose answer was lost: new credentials settle it, whatever became of it at the server.
    else if (this.#due) this.#want(true);
  }

  /** @param {import('./protocol.js').Slots} mapping */
  async onSlots(mapping) {
    const pairs = Math.min(mapping.pairs, mostPairs);
    if (this.#peer && pairs > this.#peer.pairs) {
      this.#peer.grow(pairs);
      this.#want(false);
    }
    await this.#slots.apply(mapping);
  }

  /** Somebody's picture is about to come. */
  expect() {
    this.#slots.expect();
  }

  /** What is sent from now on. @param {Kind} kind @param {MediaStreamTrack | null} track */
  send(kind, track) {
    this.#tracks[kind] = track;
    const peer = this.#peer;
    if (!peer) return;
    if (track && (kind === 'screen' || kind === 'sound') && peer.addScreen()) this.#want(false);
    this.#queue(peer, kind);
  }

  /** Which layers of an own picture somebody watches: nobody needs the others. @param {'camera' | 'screen'} source @param {number[]} layers */
  demand(source, layers) {
    if (source === 'camera') this.#demand = layers;
    // A screen has one layer, whichever the server calls it.
    else this.#watched = layers.length > 0;
    this.#bound();
  }

  /** What cameras are to be sent as: in the same connection, from the next picture on. @param {string} codec a word of the protocol */
  encode(codec) {
    // What a newer server asks for that this client cannot is answered with what all can.
    this.#codec = codec === 'vp9' && !this.#relieved ? 'vp9' : 'vp8';
    this.#strain.watch(this.#codec === 'vp9');
    this.#bound();
  }

  /** The processor is too slow for what is sent: VP9 costs about twice the work of VP8, so it is given up for as long as this page lives. */
  #relieve() {
    this.#relieved = true;
    this.encode('vp8');
    this.#want(false);
  }

  /** The room's rule, or the size of what the camera gives, changed. @param {number} height at most, of what is sent */
  limit(height) {
    this.#height = height;
    this.#bound();
  }

  /** Whether little is to be sent. @param {boolean} on */
  save(on) {
    this.#saver = on;
    this.#bound();
  }

  /** Whether sound is to cost little; it is agreed on anew with the server. @param {boolean} on */
  thrift(on) {
    if (on === this.#thrift) return;
    this.#thrift = on;
    if (this.#peer) this.#want(false);
  }

  /** Microphone and camera are sent on another way, or here again. The connection stays. @param {boolean} rests */
  rest(rests) {
    if (rests === this.#rests) return;
    this.#rests = rests;
    const peer = this.#peer;
    if (peer) for (const kind of /** @type {const} */ (['mic', 'cam'])) this.#queue(peer, kind);
  }

  #bound() {
    const peer = this.#peer;
    if (!peer) return;
    const bounds = { demand: this.#demand, saver: this.#saver, codec: this.#codec, height: this.#height, watched: this.#watched };
    this.#sending = this.#sending.then(() => (this.#peer === peer ? peer.bound(bounds).catch(() => {}) : undefined));
  }

  /** @param {Peer} peer @param {Kind} kind */
  #queue(peer, kind) {
    this.#sending = this.#sending.then(async () => {
      if (this.#peer !== peer) return;
      try {
        await peer.send(kind, this.#what(kind));
        if (kind === 'mic' && !this.#rests) this.#quiet(null);
      } catch {
        // A track that ended in between cannot be sent; whoever owns it notices and gives another.
      }
    });
  }

  /** What is sent here now. @param {Kind} kind */
  #what(kind) {
    const track = this.#tracks[kind];
    if (!this.#rests || kind === 'screen' || kind === 'sound') return track;
    return kind === 'mic' ? this.#quiet(track) : null;
  }

  /**
   * The silence of a microphone: two or three small packets a second. Without a track a sender's clock stands still (Chromium), and who hears
   * it again takes all that comes for as late as it stood, and waits for each packet so long.
   * @param {MediaStreamTrack | null} mic null to end it
   */
  #quiet(mic) {
    if (this.#silence?.of !== mic) {
      this.#silence?.track.stop();
      this.#silence = mic && { of: mic, track: mic.clone() };
      if (this.#silence) this.#silence.track.enabled = false;
    }
    return this.#silence?.track ?? null;
  }

  stats() {
    return this.#peer?.stats() ?? null;
  }

  /** @param {number} slot @returns {Promise<number>} packets of its sound that have come */
  async heard(slot) {
    return (await this.#peer?.heard(slot).catch(() => 0)) ?? 0;
  }

  /** What limits the camera beside its size. */
  get bounds() {
    return { saver: this.#saver, height: this.#height };
  }

  /** Nothing is sent or received any more. */
  close() {
    this.#clear();
    this.state.value = 'none';
  }

  #clear() {
    this.#env.clearTimeout(this.#timer);
    this.#env.clearTimeout(this.#rung);
    this.#env.clearTimeout(this.#again);
    this.#timer = null;
    this.#strain.watch(false);
    this.#pulse.end();
    this.#quiet(null);
    this.#slots.reset(null);
    this.#peer?.close();
    this.#peer = null;
    this.#offering = null;
    this.#due = null;
  }

  #build() {
    const pairs = Math.max(1, this.#peer?.pairs ?? 0);
    this.#clear();
    if (this.#codecs === undefined) this.#codecs = svcCodecs(this.#env);
    const peer = new Peer(this.#env, (state) => this.#peer === peer && this.#onState(state), this.#codecs);
    peer.grow(pairs);
    this.#peer = peer;
    this.#answered = false;
    this.#sending = Promise.resolve();
    this.#generation++;
    this.#slots.reset(peer);
    // What was broken is so until it stands again, however often it is made anew.
    if (this.state.value !== 'broken') this.state.value = 'connecting';
    this.#patience(connectWithin, () => this.#rebuild());
    this.#climb(peer);
    this.#demand = null;
    this.#watched = true;
    this.#codec = 'vp8';
    this.#bound();
    if (this.#tracks.screen) peer.addScreen();
    for (const kind of /** @type {const} */ (['mic', 'cam', 'screen', 'sound'])) this.#queue(peer, kind);
    this.#want(false);
  }

  /** The connection is beyond repair. */
  #rebuild() {
    this.state.value = 'broken';
    const pause = Math.min(rebuildLast, rebuildFirst * 2 ** Math.min(this.#rebuilds++, 10));
    this.#patience(pause, () => {
      // Without the websocket nobody could answer an offer: its welcome goes on from here.
      if (this.#signaling.isOpen) this.#build();
      else this.#due = { restart: true };
    });
  }

  /** @param {RTCPeerConnectionState} state */
  #onState(state) {
    if (state === 'connected') {
      this.#stands();
    } else if (state === 'disconnected' && this.state.value === 'connected') {
      // Otherwise it is being repaired already.
      this.#patience(disconnectedFor, () => this.#repair());
    } else if (state === 'failed') {
      if (this.state.value === 'connected') this.#repair();
      else this.#rebuild();
    }
  }

  #stands() {
    this.#env.clearTimeout(this.#timer);
    this.#env.clearTimeout(this.#rung);
    this.#rebuilds = 0;
    this.state.value = 'connected';
    if (this.#peer) this.#pulse.begin(this.#peer.count);
  }

  /** @param {boolean} beats */
  #onBeat(beats) {
    if (beats) return this.#stands();
    if (this.state.value !== 'connected') return;
    const now = this.#env.now();
    if (now - this.#repaired > this.#pace + trustedAfter) this.#pace = repairFirst;
    const left = this.#repaired + this.#pace - now;
    if (left > 0) {
      this.state.value = 'broken';
      this.#patience(left, () => this.#repair());
      return;
    }
    if (this.#repaired > -Infinity) this.#pace = Math.min(repairLast, 2 * this.#pace);
    this.#repaired = now;
    // What carried picture and sound may have carried the websocket too.
    this.#signaling.doubt();
    this.#repair();
  }

  /** New ICE credentials on the same connection; if they do not help in time, a new connection. */
  #repair() {
    this.state.value = 'broken';
    this.#patience(connectWithin, () => this.#rebuild());
    if (this.#peer) this.#climb(this.#peer);
    this.#want(true);
  }

  /** Tries the relays, if nothing leads to the server in time. @param {Peer} peer */
  #climb(peer) {
    this.#env.clearTimeout(this.#rung);
    this.#rung = this.#env.setTimeout(() => {
      if (this.#peer === peer && peer.relay(this.#relays)) this.#want(true);
    }, relayAfter);
  }

  /** @param {number} ms @param {() => void} then */
  #patience(ms, then) {
    this.#env.clearTimeout(this.#timer);
    this.#timer = this.#env.setTimeout(then, ms);
  }

  /** @param {boolean} restart */
  #want(restart) {
    this.#due = { restart: restart || (this.#due?.restart ?? false) };
    if (this.#peer && this.#offering !== this.#peer) void this.#offer(this.#peer);
  }

  /** The connection stands, whatever the server did not take of it. @param {boolean} restart */
  #offerAgain(restart) {
    this.#env.clearTimeout(this.#again);
    this.#again = this.#env.setTimeout(() => this.#want(restart), offeredAgain);
  }

  /** @param {Peer} peer */
  async #offer(peer) {
    this.#offering = peer;
    while (this.#due && this.#signaling.isOpen) {
      const { restart } = this.#due;
      this.#due = null;
      try {
        const offer = await peer.offer(restart);
        if (this.#peer !== peer) return;
        const { sdp } = await this.#signaling.request('offer', { generation: this.#generation, ...offer, ...(this.#codecs && !this.#relieved && { svc: true }) });
        if (this.#peer !== peer) return;
        await peer.answer(sdp, this.#thrift);
        if (this.#peer !== peer) return;
        if (!this.#answered) this.#onSession();
        this.#answered = true;
      } catch (error) {
        if (this.#peer !== peer) return;
        if (!this.#signaling.isOpen) this.#due = { restart: true };
        else if (this.state.value === 'connected' && error instanceof Refused && passing.includes(error.code)) this.#offerAgain(restart);
        else this.#rebuild();
        break;
      }
    }
    this.#offering = null;
  }
}
