/**
 * Who is signed in, and the key that opens what this counsellor's rooms have sealed.
 *
 * **The password never leaves the browser**, nor does what opens the key: the server gets a derived value to compare and
 * keeps the key wrapped. Owner of the signals `state` and `account`.
 */
import { batch, signal } from '../third_party/preact.js';
import { http } from '../call/http.js';
import { Refused } from '../call/protocol.js';
import { derivePassword, makeAccountKey, openAccountKey } from '../e2ee/keys.js';

/**
 * An account as the server has it.
 * @typedef {object} Stored
 * @property {string} id
 * @property {string} name
 * @property {string} display_name
 * @property {string} public_key
 * @property {string} wrapped_private_key
 */

/** @typedef {{ id: string, name: string, displayName: string, called: string, key: import('../e2ee/keys.js').AccountKey }} Account called: by clients; empty where nothing but the name to sign in with is known */
/** @typedef {Pick<import('../call/env.js').Env, 'fetch' | 'setTimeout' | 'clearTimeout'>} Network */

export class Accounts {
  #env;
  #vault;
  #tenant;
  /** @type {import('../third_party/preact.js').Signal<'unknown' | 'out' | 'in'>} */
  state = signal('unknown');
  /** @type {import('../third_party/preact.js').Signal<Account | null>} */
  account = signal(null);

  /**
   * @param {Network} env
   * @param {import('./vault.js').Vault} vault
   * @param {() => Promise<string>} tenant its id, which the derivation from the password takes
   */
  constructor(env, vault, tenant) {
    this.#env = env;
    this.#vault = vault;
    this.#tenant = tenant;
  }

  /** After a (re)load: whoever has a session and the key in this browser is in; without the key the password is asked for. */
  async restore() {
    try {
      const { account } = await http(this.#env, 'GET', '/session');
      const key = await this.#vault.find(account.id, account.public_key);
      if (key) return this.#enter(account, key);
    } catch (error) {
      if (error instanceof Refused && error.code === 'unauthenticated') await this.#vault.erase();
    }
    this.state.value = 'out';
  }

  /** @param {string} name @param {string} password @throws {Refused} */
  async signIn(name, password) {
    const { auth, wrap } = await derivePassword(await this.#tenant(), name, password);
    const { account } = await http(this.#env, 'POST', '/session', { name, auth });
    const key = await openAccountKey(wrap, { publicKey: account.public_key, wrappedPrivateKey: account.wrapped_private_key }).catch(() => {
      throw new Refused('key');
    });
    await this.#vault.keep(account.id, key);
    this.#enter(account, key);
  }

  /**
   * Makes the account that a one-time link promises, and signs in.
   * @param {{ token: string, name: string, displayName: string, password: string }} wishes
   * @throws {Refused}
   */
  async setUp({ token, name, displayName, password }) {
    const { auth, wrap } = await derivePassword(await this.#tenant(), name, password);
    const made = await makeAccountKey(wrap);
    const { account } = await http(this.#env, 'POST', '/setup', {
      token, name, display_name: displayName, auth, public_key: made.publicKey, wrapped_private_key: made.wrappedPrivateKey,
    });
    const key = await openAccountKey(wrap, made);
    await this.#vault.keep(account.id, key);
    this.#enter(account, key);
  }

  async signOut() {
    await this.lost();
    await http(this.#env, 'DELETE', '/session').catch(() => {});
  }

  /** The server says that nobody is signed in: the key goes with the session. */
  async lost() {
    batch(() => {
      this.account.value = null;
      this.state.value = 'out';
    });
    await this.#vault.erase();
  }

  /** @param {Stored} account @param {import('../e2ee/keys.js').AccountKey} key */
  #enter(account, key) {
    batch(() => {
      this.account.value = { id: account.id, name: account.name, displayName: account.display_name, called: account.display_name === account.name ? '' : account.display_name, key };
      this.state.value = 'in';
    });
  }
}
