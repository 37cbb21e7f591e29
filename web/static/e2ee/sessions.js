/**
 * The pages that this one speaks with, each under its session.
 *
 * **None that was heard is forgotten as long as this page lives**: what it has said could be said again by whoever kept it. So there is an end to them; who has never
 * said anything gives way.
 */
import { Channel } from './channel.js';
import { Link } from './link.js';

const most = 512;

export class Sessions {
  #env;
  #own;
  #channels;
  #say;
  /** By session point. @type {Map<string, Link>} */
  #links = new Map();

  /**
   * @param {Pick<import('../call/env.js').Env, 'setTimeout' | 'clearTimeout' | 'now'>} env
   * @param {import('./identity.js').Own} own
   * @param {Map<string, Channel>} channels of a circle that had this identity before
   * @param {(session: string, version: number) => void} say tells it all of what it is to know
   */
  constructor(env, own, channels, say) {
    this.#env = env;
    this.#own = own;
    this.#channels = channels;
    this.#say = say;
  }

  /** @param {import('./identity.js').Identity} identity @returns {Promise<Link | null>} null: there were too many */
  async with(identity) {
    const { session } = identity;
    const known = this.#links.get(session);
    if (known) return known;
    if (!this.#channels.has(session) && !this.#room()) return null;
    const channel = this.#channels.get(session) ?? (await Channel.between(this.#own, identity));
    this.#channels.set(session, channel);
    const link = new Link(this.#env, channel, (version) => this.#say(session, version));
    this.#links.set(session, link);
    return link;
  }

  /** @returns {boolean} whether there is a place for another one */
  #room() {
    if (this.#channels.size < most) return true;
    const mute = [...this.#channels].find(([, { heard }]) => !heard)?.[0];
    if (mute === undefined) return false;
    this.#channels.delete(mute);
    this.#links.get(mute)?.rest();
    this.#links.delete(mute);
    return true;
  }

  /** Nothing is told of its own accord. */
  rest() {
    for (const link of this.#links.values()) link.rest();
  }
}
