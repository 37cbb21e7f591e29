/**
 * The sounds of the house: a knock for counsellors, a chime when one is let in, two notes to try the loudspeaker. Made here from
 * sine waves, so that nothing is loaded; soft, so that nobody starts.
 */

/** One note: frequency in hertz, start and length in seconds, loudness 0 to 1. @typedef {[number, number, number, number]} Note */

/** @satisfies {Record<string, Note[]>} */
const tunes = {
  // Wood under a knuckle: low, short, twice.
  knock: [
    [196, 0, 0.09, 0.5],
    [294, 0, 0.05, 0.2],
    [196, 0.2, 0.09, 0.5],
    [294, 0.2, 0.05, 0.2],
  ],
  // Two light notes, quite another thing than the knock.
  hand: [
    [783.99, 0, 0.18, 0.18],
    [1046.5, 0.12, 0.28, 0.18],
  ],
  admitted: [
    [523.25, 0, 0.35, 0.25],
    [659.25, 0.16, 0.5, 0.25],
  ],
};

export class Sounds {
  /** @type {AudioContext | null} */
  #context = null;

  /** To be called inside a tap: browsers let a page be heard only after one. */
  unlock() {
    if (!('AudioContext' in window)) return;
    this.#context ??= new AudioContext();
    // iOS also stops it during a telephone call ("interrupted").
    if (this.#context.state !== 'running') this.#context.resume().catch(() => {});
  }

  /** @param {keyof typeof tunes} name */
  play(name) {
    const context = this.#context;
    if (!context || context.state !== 'running') return;
    for (const [frequency, at, length, loudness] of tunes[name]) {
      const start = context.currentTime + 0.02 + at;
      const gain = context.createGain();
      gain.gain.setValueAtTime(0, start);
      gain.gain.linearRampToValueAtTime(loudness, start + 0.01);
      gain.gain.exponentialRampToValueAtTime(0.001, start + length);
      const tone = context.createOscillator();
      tone.frequency.value = frequency;
      tone.connect(gain).connect(context.destination);
      tone.start(start);
      tone.stop(start + length + 0.05);
    }
  }

  close() {
    this.#context?.close().catch(() => {});
    this.#context = null;
  }
}
