/**
 * What two pages say to each other alone, by way of a server that can drop it and nothing else.
 *
 * **What opens was said by the other's page, to this one, and was not said before**: direction, both devices and a rising number are part of it.
 * Layout: README.md, "The pairwise channel".
 */
import { concat, fromBase64url, fromUtf8, toBase64url, utf8 } from './bytes.js';
import { hkdf } from './keys.js';

/** @typedef {import('./bytes.js').Bytes} Bytes */
/** @typedef {{ type: string } & Record<string, any>} Message */

const nonceLength = 12;

/** @param {CryptoKey} mine @param {CryptoKey} theirs @param {string} from session point @param {string} to @param {'encrypt' | 'decrypt'} use */
async function agree(mine, theirs, from, to, use) {
  const shared = new Uint8Array(await crypto.subtle.deriveBits({ name: 'ECDH', public: theirs }, mine, 256));
  const raw = await hkdf(shared, concat(utf8('anteroom pair v1'), fromBase64url(from), fromBase64url(to)));
  return crypto.subtle.importKey('raw', raw, 'AES-GCM', false, [use]);
}

export class Channel {
  #out;
  #in;
  #from;
  #to;
  #said = 0;
  #heard = 0;

  /** @param {CryptoKey} out @param {CryptoKey} into @param {Bytes} from device @param {Bytes} to device */
  constructor(out, into, from, to) {
    this.#out = out;
    this.#in = into;
    this.#from = from;
    this.#to = to;
  }

  /** @param {import('./identity.js').Own} own @param {import('./identity.js').Identity} other */
  static async between(own, other) {
    const [out, into] = await Promise.all([
      agree(own.agrees, other.sessionKey, own.session, other.session, 'encrypt'),
      agree(own.agrees, other.sessionKey, other.session, own.session, 'decrypt'),
    ]);
    return new Channel(out, into, fromBase64url(own.device), fromBase64url(other.device));
  }

  /** Whether anything was opened. */
  get heard() {
    return this.#heard > 0;
  }

  /** @param {Message} message @returns {Promise<string>} for the other alone; messages are to be sent in the order in which they were sealed */
  async seal(message) {
    const iv = crypto.getRandomValues(new Uint8Array(nonceLength));
    const plain = utf8(JSON.stringify({ ...message, n: ++this.#said }));
    const sealed = await crypto.subtle.encrypt({ name: 'AES-GCM', iv, additionalData: concat(this.#from, this.#to) }, this.#out, plain);
    return toBase64url(concat(iv, new Uint8Array(sealed)));
  }

  /** @param {string} text @returns {Promise<Message | null>} null: it was changed, is not for this page, or was heard before */
  async open(text) {
    try {
      const bytes = fromBase64url(text);
      const algorithm = { name: 'AES-GCM', iv: bytes.subarray(0, nonceLength), additionalData: concat(this.#to, this.#from) };
      const { n, ...message } = JSON.parse(fromUtf8(new Uint8Array(await crypto.subtle.decrypt(algorithm, this.#in, bytes.subarray(nonceLength)))));
      if (!Number.isSafeInteger(n) || n <= this.#heard || typeof message.type !== 'string') return null;
      this.#heard = n;
      return message;
    } catch {
      return null;
    }
  }
}
