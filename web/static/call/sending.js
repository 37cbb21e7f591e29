/**
 * What one sends over the media connection: which tracks, and how the camera is coded.
 *
 * **It outlives connections**: each new one is given all of it. **Changes are made one after the other**, and never to a connection that was
 * replaced meanwhile. What somebody watches, and in which codec, is of one connection alone: the server says it anew.
 */
import { Strain } from './strain.js';

/** @typedef {import('./peer.js').Kind} Kind */
/** @typedef {import('./peer.js').Peer} Peer */

export class Sending {
  #onNews;
  #strain;
  /** @type {Peer | null} */
  #peer = null;
  /** @type {Record<Kind, MediaStreamTrack | null>} */
  #tracks = { mic: null, cam: null, screen: null, sound: null };
  /** Layers of the camera that somebody watches; null while the server has not said. @type {number[] | null} */
  #demand = null;
  /** Whether somebody watches the shared screen. */
  #watched = true;
  #saver = false;
  /** Whether microphone and camera are sent on another way. */
  #rests = false;
  /** What is sent in the microphone's place meanwhile. @type {{ of: MediaStreamTrack, track: MediaStreamTrack } | null} */
  #silence = null;
  /** What cameras are to be sent as. @type {'vp8' | 'vp9'} */
  #codec = 'vp8';
  /** Of the camera's picture, at most, by the room's rule. */
  #height = 720;
  /** Whether VP9 turned out to be too much work for this device. */
  #relieved = false;
  /** Changes, in their order. */
  #changes = Promise.resolve();

  /** @param {import('./env.js').Env} env @param {() => void} onNews the server has to be told by an offer: there are other m-lines, or VP9 is given up */
  constructor(env, onNews) {
    this.#onNews = onNews;
    this.#strain = new Strain(env, () => this.#peer?.stats() ?? null, () => this.#relieve());
  }

  /** All of it is sent over this connection from now on. @param {Peer} peer */
  begin(peer) {
    this.#peer = peer;
    this.#changes = Promise.resolve();
    this.#demand = null;
    this.#watched = true;
    this.#codec = 'vp8';
    this.#bound();
    if (this.#tracks.screen) peer.addScreen();
    for (const kind of /** @type {const} */ (['mic', 'cam', 'screen', 'sound'])) this.#queue(kind);
  }

  end() {
    this.#strain.watch(false);
    this.#quiet(null);
    this.#peer = null;
  }

  /** What is sent from now on. @param {Kind} kind @param {MediaStreamTrack | null} track */
  send(kind, track) {
    this.#tracks[kind] = track;
    if (!this.#peer) return;
    if (track && (kind === 'screen' || kind === 'sound') && this.#peer.addScreen()) this.#onNews();
    this.#queue(kind);
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

  /** Microphone and camera are sent on another way, or here again. @param {boolean} rests */
  rest(rests) {
    if (rests === this.#rests) return;
    this.#rests = rests;
    for (const kind of /** @type {const} */ (['mic', 'cam'])) this.#queue(kind);
  }

  /** Whether VP9 was given up, for as long as this page lives. */
  get relieved() {
    return this.#relieved;
  }

  /** What limits the camera beside its size. */
  get bounds() {
    return { saver: this.#saver, height: this.#height };
  }

  /** The processor is too slow for what is sent: VP9 costs about twice the work of VP8. */
  #relieve() {
    this.#relieved = true;
    this.encode('vp8');
    this.#onNews();
  }

  #bound() {
    const peer = this.#peer;
    if (!peer) return;
    const bounds = { demand: this.#demand, saver: this.#saver, codec: this.#codec, height: this.#height, watched: this.#watched };
    this.#changes = this.#changes.then(() => (this.#peer === peer ? peer.bound(bounds).catch(() => {}) : undefined));
  }

  /** @param {Kind} kind */
  #queue(kind) {
    const peer = this.#peer;
    if (!peer) return;
    this.#changes = this.#changes.then(async () => {
      if (this.#peer !== peer) return;
      try {
        await peer.send(kind, this.#what(kind));
        if (kind === 'mic' && !this.#rests) this.#quiet(null);
      } catch {
        // A track that ended in between cannot be sent; whoever owns it notices and gives another.
      }
    });
  }

  /** What is sent now. @param {Kind} kind */
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
}
