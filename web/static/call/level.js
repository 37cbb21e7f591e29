/**
 * How loud the microphone is, and two notes to test the loudspeaker: the page's one AudioContext.
 *
 * The sound is measured and thrown away. Owner of the signals `level` and `heard`.
 */
import { signal } from '../third_party/preact.js';

const every = 100;
/** Levels in dB of full scale that are shown as 0 and as 1; the voice of a person at arm's length is between. */
const quiet = -55;
const loud = -12;
/** Above this level for this many looks it was a voice, not a click; a quiet look, as between syllables, takes back half a one. */
const voice = 0.25;
const looksForVoice = 3;
/** So many looks at nothing but zeros: no microphone is so quiet, and no room. */
const looksForDead = 8;

/** @param {Float32Array} samples -1 to 1 @returns {number} 0 to 1 */
export function levelOf(samples) {
  let sum = 0;
  for (const sample of samples) sum += sample * sample;
  const decibels = 10 * Math.log10(sum / Math.max(1, samples.length) + 1e-12);
  return Math.min(1, Math.max(0, (decibels - quiet) / (loud - quiet)));
}

export class Level {
  #env;
  /** @type {AudioContext | null} */
  #context = null;
  /** @type {{ source: MediaStreamAudioSourceNode, analyser: AnalyserNode } | null} */
  #listening = null;
  /** @type {any} */
  #timer = null;
  #looks = 0;
  /** Looks in a row at nothing but zeros. */
  #zeros = 0;

  /** @type {import('../third_party/preact.js').Signal<number>} */
  level = signal(0);
  /** @type {import('../third_party/preact.js').Signal<boolean>} */
  heard = signal(false);

  /** @param {Pick<import('./env.js').Env, 'AudioContext' | 'MediaStream' | 'setTimeout' | 'clearTimeout'>} env */
  constructor(env) {
    this.#env = env;
  }

  /** Makes the context, or starts it again: inside a tap the browser allows it. iPhones interrupt it for a telephone call. */
  wake() {
    const { AudioContext } = this.#env;
    if (!AudioContext) return;
    try {
      this.#context ??= new AudioContext();
    } catch {
      // A device without any sound system: nothing is measured or played.
      return;
    }
    if (this.#context.state !== 'running') this.#context.resume().catch(() => {});
  }

  /** @param {MediaStreamTrack | null} track */
  listen(track) {
    this.#listening?.source.disconnect();
    this.#listening = null;
    this.#env.clearTimeout(this.#timer);
    this.#looks = 0;
    this.#zeros = 0;
    this.level.value = 0;
    this.heard.value = false;
    if (!track) return;
    this.wake();
    if (!this.#context) return;
    try {
      const source = this.#context.createMediaStreamSource(new this.#env.MediaStream([track]));
      const analyser = this.#context.createAnalyser();
      analyser.fftSize = 1024;
      source.connect(analyser);
      this.#listening = { source, analyser };
      this.#look(new Float32Array(analyser.fftSize));
    } catch {
      // Firefox does not join a microphone (of a headset, say) to a context of another sample rate. It is heard all the same, and not measured.
    }
  }

  /** @param {Float32Array<ArrayBuffer>} samples */
  #look(samples) {
    this.#timer = this.#env.setTimeout(() => {
      this.#listening?.analyser.getFloatTimeDomainData(samples);
      const level = levelOf(samples);
      this.#zeros = this.#context?.state === 'running' && samples.every((sample) => sample === 0) ? this.#zeros + 1 : 0;
      this.level.value = level;
      this.#looks = level > voice ? this.#looks + 1 : Math.max(0, this.#looks - 0.5);
      if (this.#looks >= looksForVoice) this.heard.value = true;
      this.#look(samples);
    }, every);
  }

  /** Whether the microphone has given nothing at all for most of a second. */
  get dead() {
    return this.#zeros >= looksForDead;
  }

  /** Two soft notes, a fifth apart, each a third of a second. */
  async playNotes() {
    this.wake();
    const context = this.#context;
    if (!context) return;
    [523.25, 783.99].forEach((frequency, i) => {
      const begin = context.currentTime + 0.05 + i * 0.4;
      const note = context.createOscillator();
      const volume = context.createGain();
      note.frequency.value = frequency;
      volume.gain.setValueAtTime(0, begin);
      volume.gain.linearRampToValueAtTime(0.25, begin + 0.03);
      volume.gain.exponentialRampToValueAtTime(0.001, begin + 0.38);
      note.connect(volume).connect(context.destination);
      note.start(begin);
      note.stop(begin + 0.4);
    });
  }

  close() {
    this.listen(null);
    this.#context?.close().catch(() => {});
    this.#context = null;
  }
}
