/**
 * Who is signed in, and the key that opens what this counsellor's rooms have sealed.
 *
 * **The password never leaves the browser**, nor does the recovery phrase, nor what a passkey's function gives, nor what any of them derives to open
 * the key: the server gets another derived value or a signature to compare, and keeps the key wrapped. Owner of the signals `state` and `account`.
 */
import { batch, signal } from '../third_party/preact.js';
import { http } from '../call/http.js';
import { Refused } from '../call/protocol.js';
import { derivePassword, makeAccountKey, openAccountKey, passkeyKey, phraseKey, rewrapAccountKey } from '../e2ee/keys.js';
import { newPhrase } from '../e2ee/phrase.js';

/**
 * An account as the server has it.
 * @typedef {object} Stored
 * @property {string} id
 * @property {string} name
 * @property {string} display_name
 * @property {string} public_key
 * @property {string} wrapped_private_key
 * @property {number} [recovery_at] ms: when its recovery phrase was made
 */

/** @typedef {{ id: string, name: string, displayName: string, called: string, key: import('../e2ee/keys.js').AccountKey, recoveryAt: number | null }} Account called: by clients; empty where nothing but the name to sign in with is known */

/**
 * What a one-time link is for.
 * @typedef {object} Purpose
 * @property {string} name the only name that it is for; empty: any new one
 * @property {string} displayName
 * @property {string | null} publicKey of an account that exists and gets a new password
 * @property {string | null} recoveryKey its private key, wrapped by its recovery phrase
 */

/** A passkey as the list shows it; made_at in ms. @typedef {{ id: string, name: string, made_at: number }} Passkey */
/** @typedef {Pick<import('../call/env.js').Env, 'fetch' | 'setTimeout' | 'clearTimeout' | 'now'>} Network */

export class Accounts {
  #env;
  #vault;
  #tenant;
  #authenticator;
  /** @type {import('../third_party/preact.js').Signal<'unknown' | 'out' | 'in'>} */
  state = signal('unknown');
  /** @type {import('../third_party/preact.js').Signal<Account | null>} */
  account = signal(null);

  /**
   * @param {Network} env
   * @param {import('./vault.js').Vault} vault
   * @param {() => Promise<string>} tenant its id, which the derivation from the password takes
   * @param {import('./authenticator.js').Authenticator} authenticator
   */
  constructor(env, vault, tenant, authenticator) {
    this.#env = env;
    this.#vault = vault;
    this.#tenant = tenant;
    this.#authenticator = authenticator;
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

  /** Whether this browser and this address can have passkeys. */
  get passkeysPossible() {
    return this.#authenticator.possible;
  }

  /** @throws {Refused} besides the server's codes those of `Authenticator.sign`; `key`: the passkey did not open the account's key */
  async signInByPasskey() {
    const wishes = await http(this.#env, 'POST', '/session/challenge');
    const { secret, ...signed } = await this.#authenticator.sign(wishes);
    const { account, passkey_key } = await http(this.#env, 'POST', '/session/passkey', { challenge: wishes.challenge, ...signed });
    const key = await openAccountKey(await passkeyKey(secret), { publicKey: account.public_key, wrappedPrivateKey: passkey_key }).catch(() => {
      throw new Refused('key');
    });
    await this.#vault.keep(account.id, key);
    this.#enter(account, key);
  }

  /** @returns {Promise<Passkey[]>} @throws {Refused} */
  passkeys() {
    return this.#signedIn(async () => (await http(this.#env, 'GET', '/account/passkeys')).passkeys);
  }

  /**
   * @param {{ password: string, name: string, service: string }} wishes name: the counsellor's word for it; service: what the browser shows beside it
   * @throws {Refused} `password`, besides those of `Authenticator.make`
   */
  addPasskey({ password, name, service }) {
    return this.#signedIn(async (account) => {
      const { auth, wrap, stored } = await this.#opened(account, password);
      const wishes = await http(this.#env, 'POST', '/account/passkeys/challenge');
      const { secret, ...made } = await this.#authenticator.make(wishes, { service, name: account.name, displayName: account.displayName });
      const wrapped = await rewrapAccountKey(wrap, stored, await passkeyKey(secret));
      await http(this.#env, 'POST', '/account/passkeys', { auth, name, challenge: wishes.challenge, ...made, wrapped_private_key: wrapped });
    });
  }

  /** @param {string} id @throws {Refused} */
  removePasskey(id) {
    return this.#signedIn(() => http(this.#env, 'DELETE', `/account/passkeys/${id}`));
  }

  /** Asks what a one-time link is for; it stays good. @param {string} token @returns {Promise<Purpose>} @throws {Refused} */
  async purposeOf(token) {
    const { name = '', display_name = '', public_key = null, recovery_key = null } = await http(this.#env, 'POST', '/setup/check', { token });
    return { name, displayName: display_name, publicKey: public_key, recoveryKey: recovery_key };
  }

  /**
   * Makes the account that a one-time link promises, or gives one its new password, and signs in. With the recovery phrase the account keeps its
   * key pair; otherwise it gets another one.
   * @param {{ token: string, purpose: Purpose, name: string, displayName: string, password: string, phrase?: string }} wishes
   * @throws {Refused} `phrase`: it does not open this account's key
   */
  async setUp({ token, purpose, name, displayName, password, phrase }) {
    const { auth, wrap } = await derivePassword(await this.#tenant(), name, password);
    const made = phrase ? await recovered(purpose, phrase, wrap) : await makeAccountKey(wrap);
    const { account } = await http(this.#env, 'POST', '/setup', {
      token, name, display_name: displayName, auth, public_key: made.publicKey, wrapped_private_key: made.wrappedPrivateKey,
    });
    const key = await openAccountKey(wrap, made);
    await this.#vault.keep(account.id, key);
    this.#enter(account, key);
  }

  /**
   * Makes a recovery phrase, which takes the place of the one before.
   * @param {string} password
   * @returns {Promise<string>} it is shown, and kept nowhere
   * @throws {Refused} `password`: it is not the account's
   */
  makeRecovery(password) {
    return this.#signedIn(async (account) => {
      const { auth, wrap, stored } = await this.#opened(account, password);
      const phrase = newPhrase();
      const wrapped = await rewrapAccountKey(wrap, stored, await phraseKey(phrase));
      const { account: after } = await http(this.#env, 'PUT', '/account/recovery', { auth, wrapped_private_key: wrapped });
      this.#enter(after, account.key);
      return phrase;
    });
  }

  /** @throws {Refused} */
  removeRecovery() {
    return this.#signedIn(async (account) => {
      await http(this.#env, 'DELETE', '/account/recovery');
      this.account.value = { ...account, recoveryAt: null };
    });
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

  /**
   * What the password opens: the key that is kept here cannot be read out, so it is the server's copy that is wrapped anew.
   * @param {Account} account @param {string} password @throws {Refused} `password`
   */
  async #opened({ name, key: { publicKey } }, password) {
    const { auth, wrap } = await derivePassword(await this.#tenant(), name, password);
    const { account } = await http(this.#env, 'GET', '/session');
    const stored = { publicKey, wrappedPrivateKey: account.wrapped_private_key };
    await openAccountKey(wrap, stored).catch(() => {
      throw new Refused('password');
    });
    return { auth, wrap, stored };
  }

  /** @template T @param {(account: Account) => Promise<T>} what @returns {Promise<T>} */
  async #signedIn(what) {
    const account = this.account.peek();
    if (!account) throw new Refused('unauthenticated');
    try {
      return await what(account);
    } catch (error) {
      if (error instanceof Refused && error.code === 'unauthenticated') await this.lost();
      throw error;
    }
  }

  /** @param {Stored} account @param {import('../e2ee/keys.js').AccountKey} key */
  #enter(account, key) {
    batch(() => {
      this.account.value = { id: account.id, name: account.name, displayName: account.display_name, called: account.display_name === account.name ? '' : account.display_name, key, recoveryAt: account.recovery_at ?? null };
      this.state.value = 'in';
    });
  }
}

/** The account's own key pair for a new password. @param {Purpose} purpose @param {string} phrase @param {CryptoKey} wrap */
async function recovered({ publicKey, recoveryKey }, phrase, wrap) {
  if (!publicKey || !recoveryKey) throw new Refused('phrase');
  const opener = await phraseKey(phrase);
  const wrappedPrivateKey = await rewrapAccountKey(opener, { publicKey, wrappedPrivateKey: recoveryKey }, wrap).catch(() => {
    throw new Refused('phrase');
  });
  return { publicKey, wrappedPrivateKey };
}
