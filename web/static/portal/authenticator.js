/**
 * What keeps passkeys (a device's own store, a security key), as far as a page can ask it: to make one, and to sign with one.
 *
 * **What its pseudo-random function gives never leaves the browser** (Web Authentication, level 3, section 10.1.4): `secret` opens the account's key.
 * A passkey without that function could sign in and open nothing, so none is made.
 */
import { Refused } from '../call/protocol.js';
import { fromBase64url, toBase64url, utf8 } from '../e2ee/bytes.js';

/** @typedef {import('../e2ee/bytes.js').Bytes} Bytes */

/** What is asked of the function: another purpose would ask it something else. */
const asked = { prf: { eval: { first: utf8('anteroom passkey prf v1') } } };

/**
 * What the server wants a passkey to be made for.
 * @typedef {{ challenge: string, host: string, user: string, algorithms: number[], known: string[] }} Wishes
 */

export class Authenticator {
  #credentials;

  /** @param {CredentialsContainer | undefined} credentials absent where the browser or the address allows no passkeys */
  constructor(credentials) {
    this.#credentials = credentials;
  }

  get possible() {
    return this.#credentials !== undefined;
  }

  /**
   * Makes a passkey; the person is asked by the browser.
   * @param {Wishes} wishes
   * @param {{ service: string, name: string, displayName: string }} words what the browser shows beside it
   * @returns {Promise<{ credential: string, client_data: string, attestation: string, secret: Bytes }>}
   * @throws {Refused} `prf`: it cannot keep a key; `known`: there is one of this account on it; `cancelled`
   */
  async make({ challenge, host, user, algorithms, known }, { service, name, displayName }) {
    const made = await this.#ask('create', {
      rp: { id: host, name: service },
      user: { id: fromBase64url(user), name, displayName },
      challenge: fromBase64url(challenge),
      pubKeyCredParams: algorithms.map((alg) => ({ type: 'public-key', alg })),
      excludeCredentials: known.map((id) => ({ type: 'public-key', id: fromBase64url(id) })),
      authenticatorSelection: { residentKey: 'required', requireResidentKey: true, userVerification: 'required' },
      attestation: 'none',
      extensions: asked,
    });
    const prf = made.getClientExtensionResults().prf;
    const secret = prf?.enabled ? (secretOf(made) ?? secretOf(await this.#askAgain(host, made.rawId))) : null;
    if (!secret) {
      await forget(host, made.id);
      throw new Refused('prf');
    }
    const { clientDataJSON, attestationObject } = /** @type {AuthenticatorAttestationResponse} */ (made.response);
    return { credential: text(made.rawId), client_data: text(clientDataJSON), attestation: text(attestationObject), secret };
  }

  /**
   * Has a passkey sign; the person chooses which.
   * @param {{ challenge: string, host: string }} wishes
   * @returns {Promise<{ credential: string, user: string, client_data: string, authenticator_data: string, signature: string, secret: Bytes }>}
   * @throws {Refused} `prf`: its function gave nothing; `cancelled`
   */
  async sign({ challenge, host }) {
    const signed = await this.#ask('get', { challenge: fromBase64url(challenge), rpId: host, userVerification: 'required', extensions: asked });
    const secret = secretOf(signed);
    if (!secret) throw new Refused('prf');
    const { userHandle, clientDataJSON, authenticatorData, signature } = /** @type {AuthenticatorAssertionResponse} */ (signed.response);
    return {
      credential: text(signed.rawId), user: text(userHandle ?? new ArrayBuffer(0)), client_data: text(clientDataJSON),
      authenticator_data: text(authenticatorData), signature: text(signature), secret,
    };
  }

  /** Some give the secret only when they sign: what is signed here goes nowhere. @param {string} host @param {ArrayBuffer} id */
  #askAgain(host, id) {
    return this.#ask('get', {
      challenge: crypto.getRandomValues(new Uint8Array(32)), rpId: host, allowCredentials: [{ type: 'public-key', id }], userVerification: 'required', extensions: asked,
    });
  }

  /**
   * @template {'create' | 'get'} T
   * @param {T} what
   * @param {T extends 'create' ? PublicKeyCredentialCreationOptions : PublicKeyCredentialRequestOptions} publicKey
   * @returns {Promise<PublicKeyCredential>}
   */
  async #ask(what, publicKey) {
    try {
      const answer = await this.#credentials?.[what](/** @type {any} */ ({ publicKey }));
      if (answer) return /** @type {PublicKeyCredential} */ (answer);
    } catch (error) {
      const name = error instanceof Error ? error.name : '';
      if (name === 'InvalidStateError') throw new Refused('known');
      if (name === 'NotAllowedError' || name === 'AbortError') throw new Refused('cancelled');
      // ConstraintError and NotSupportedError: it knows no owner, or keeps no passkeys.
      if (name === 'ConstraintError' || name === 'NotSupportedError') throw new Refused('prf');
    }
    throw new Refused('passkey');
  }
}

/** @param {PublicKeyCredential} answer @returns {Bytes | null} */
function secretOf(answer) {
  const first = answer.getClientExtensionResults().prf?.results?.first;
  if (!first) return null;
  return ArrayBuffer.isView(first) ? new Uint8Array(first.buffer, first.byteOffset, first.byteLength).slice() : new Uint8Array(first);
}

/** @param {ArrayBuffer} bytes */
const text = (bytes) => toBase64url(new Uint8Array(bytes));

/** Where the browser can, the passkey that is of no use goes from its list. @param {string} rpId @param {string} credentialId */
async function forget(rpId, credentialId) {
  const signal = /** @type {any} */ (globalThis).PublicKeyCredential?.signalUnknownCredential;
  await signal?.call(PublicKeyCredential, { rpId, credentialId }).catch(() => {});
}
