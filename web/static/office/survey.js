/** One look at the network: what there is to try, and what came of it. Owner of its signals. */
import { signal } from '../third_party/preact.js';
import { askNodes } from './nodes.js';
import { probe } from './probe.js';
import { checksOf } from './report.js';

/** @typedef {import('./report.js').Check} Check */
/** @typedef {import('./report.js').Result} Result */

export class Survey {
  #env;
  #origin;

  /** @type {import('../third_party/preact.js').Signal<'loading' | 'failed' | 'ready' | 'running' | 'done'>} failed: there is no list */
  state = signal('loading');
  /** @type {import('../third_party/preact.js').Signal<Check[]>} */
  checks = signal([]);
  /** By the check's key, as they come. @type {import('../third_party/preact.js').Signal<Record<string, Result>>} */
  results = signal({});

  /** @param {import('./probe.js').Env} env @param {string} origin of this page */
  constructor(env, origin) {
    this.#env = env;
    this.#origin = origin;
  }

  async load() {
    this.state.value = 'loading';
    try {
      this.checks.value = checksOf(await askNodes(this.#env), this.#origin);
      this.state.value = 'ready';
    } catch {
      this.state.value = 'failed';
    }
  }

  /** Tries everything at once; what is blocked takes longest. */
  async run() {
    if (this.state.value !== 'ready' && this.state.value !== 'done') return;
    this.state.value = 'running';
    this.results.value = {};
    await Promise.all(this.checks.value.map(async (check) => {
      const result = await probe(this.#env, check).catch(() => /** @type {Result} */ ('untested'));
      this.results.value = { ...this.results.value, [check.key]: result };
    }));
    this.state.value = 'done';
  }
}
