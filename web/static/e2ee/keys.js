/**
 * The keys of counsellors, rooms, invitations and devices, made and derived in the browser.
 *
 * **The server never gets what opens something**: of a password it sees a derived value, of a link half a derivation, of a title or
 * label the ciphertext. **Go derives the same** (`signaling/client/credential`); `web/test/vectors/credential.json` holds both to it.
 *
 * HKDF is HKDF-SHA-256 with an empty salt (RFC 5869); AES is AES-256-GCM (NIST SP 800-38D) with a random nonce of 12 bytes in
 * front of the ciphertext; curves are P-256 with raw uncompressed points (65 bytes, SEC 1, section 2.3.3).
 */
import { concat, equal, fromBase64url, fromUtf8, toBase64url, utf8 } from './bytes.js';

/** @typedef {import('./bytes.js').Bytes} Bytes */

/** Rounds of PBKDF2-HMAC-SHA-256: about half a second on an old telephone (OWASP's figure of 2023). */
const rounds = 600_000;
const nonceLength = 12;
export const pointLength = 65;
export const ecdh = { name: 'ECDH', namedCurve: 'P-256' };
const ecdsa = { name: 'ECDSA', namedCurve: 'P-256' };

/** @param {Bytes} secret @param {Bytes} info @returns {Promise<Bytes>} 32 bytes */
export async function hkdf(secret, info) {
  const key = await crypto.subtle.importKey('raw', secret, 'HKDF', false, ['deriveBits']);
  return new Uint8Array(await crypto.subtle.deriveBits({ name: 'HKDF', hash: 'SHA-256', salt: new Uint8Array(), info }, key, 256));
}

/** @param {Bytes} raw */
const aes = (raw) => crypto.subtle.importKey('raw', raw, 'AES-GCM', false, ['encrypt', 'decrypt']);

/** @param {CryptoKey} key @param {Bytes} plain @param {Bytes} additionalData @returns {Promise<Bytes>} nonce and ciphertext */
export async function seal(key, plain, additionalData) {
  const iv = crypto.getRandomValues(new Uint8Array(nonceLength));
  return concat(iv, new Uint8Array(await crypto.subtle.encrypt({ name: 'AES-GCM', iv, additionalData }, key, plain)));
}

/** @param {CryptoKey} key @param {Bytes} sealed @param {Bytes} additionalData @returns {Promise<Bytes>} */
export async function open(key, sealed, additionalData) {
  const iv = sealed.subarray(0, nonceLength);
  return new Uint8Array(await crypto.subtle.decrypt({ name: 'AES-GCM', iv, additionalData }, key, sealed.subarray(nonceLength)));
}

// A counsellor's password and account keys.

/** The user name as the derivation takes it: without spaces around it, and without regard to case. @param {string} name */
export const userName = (name) => name.trim().normalize('NFKC').toLowerCase();

/**
 * @param {string} tenant the tenant's id, from GET /service
 * @param {string} name
 * @param {string} password
 * @returns {Promise<{ auth: string, wrap: CryptoKey }>} auth: base64url, to sign in with; wrap: opens the account key, never leaves the browser
 */
export async function derivePassword(tenant, name, password) {
  const typed = await crypto.subtle.importKey('raw', utf8(password.normalize('NFKC')), 'PBKDF2', false, ['deriveBits']);
  const salt = utf8(`anteroom password v1\n${tenant}\n${userName(name)}`);
  const bits = await crypto.subtle.deriveBits({ name: 'PBKDF2', hash: 'SHA-256', salt, iterations: rounds }, typed, 256);
  const master = new Uint8Array(bits);
  const [auth, wrap] = await Promise.all([hkdf(master, utf8('anteroom sign-in v1')), hkdf(master, utf8('anteroom key wrap v1'))]);
  return { auth: toBase64url(auth), wrap: await aes(wrap) };
}

/**
 * What a recovery phrase opens. It has more than 128 random bits, so that slow rounds would add nothing.
 * @param {string} phrase as `readPhrase` gives it @returns {Promise<CryptoKey>} never leaves the browser
 */
export const phraseKey = async (phrase) => aes(await hkdf(utf8(phrase), utf8('anteroom recovery phrase v1')));

/** What a passkey opens. @param {Bytes} secret of its pseudo-random function @returns {Promise<CryptoKey>} never leaves the browser */
export const passkeyKey = async (secret) => aes(await hkdf(secret, utf8('anteroom passkey v1')));

const accountKeyContext = utf8('anteroom account key v1');

/**
 * The counsellor's key pair: what is wrapped for the public half opens with the private half alone.
 * @typedef {object} AccountKey
 * @property {string} publicKey raw point, base64url
 * @property {CryptoKey} privateKey not extractable
 */

/**
 * @param {CryptoKey} wrap
 * @returns {Promise<{ publicKey: string, wrappedPrivateKey: string }>} for the server, base64url
 */
export async function makeAccountKey(wrap) {
  const pair = await crypto.subtle.generateKey(ecdh, true, ['deriveBits']);
  const [point, pkcs8] = await Promise.all([crypto.subtle.exportKey('raw', pair.publicKey), crypto.subtle.exportKey('pkcs8', pair.privateKey)]);
  return {
    publicKey: toBase64url(new Uint8Array(point)),
    wrappedPrivateKey: toBase64url(await seal(wrap, new Uint8Array(pkcs8), accountKeyContext)),
  };
}

/**
 * @param {CryptoKey} wrap
 * @param {{ publicKey: string, wrappedPrivateKey: string }} account as the server keeps it
 * @returns {Promise<AccountKey>}
 * @throws when the password was another one, the ciphertext was changed, or the public key is not this one's
 */
export async function openAccountKey(wrap, { publicKey, wrappedPrivateKey }) {
  const pkcs8 = await open(wrap, fromBase64url(wrappedPrivateKey), accountKeyContext);
  return pairOf(pkcs8, publicKey);
}

/**
 * The same key for another opener: a new password, a recovery phrase.
 * @param {CryptoKey} wrap what opens it now
 * @param {{ publicKey: string, wrappedPrivateKey: string }} account
 * @param {CryptoKey} other what will open it besides
 * @returns {Promise<string>} for the server, base64url
 * @throws as `openAccountKey`
 */
export async function rewrapAccountKey(wrap, { publicKey, wrappedPrivateKey }, other) {
  const pkcs8 = await open(wrap, fromBase64url(wrappedPrivateKey), accountKeyContext);
  try {
    await pairOf(pkcs8, publicKey);
    return toBase64url(await seal(other, pkcs8, accountKeyContext));
  } finally {
    pkcs8.fill(0);
  }
}

/**
 * Room secrets are wrapped for the public key, which comes from the server: one of its own would let it read them.
 * @param {Bytes} pkcs8 @param {string} publicKey @returns {Promise<AccountKey>} @throws when they are not one pair
 */
async function pairOf(pkcs8, publicKey) {
  const [privateKey, point, other] = await Promise.all([
    crypto.subtle.importKey('pkcs8', pkcs8, ecdh, false, ['deriveBits']),
    crypto.subtle.importKey('raw', fromBase64url(publicKey), ecdh, false, []),
    crypto.subtle.generateKey(ecdh, false, ['deriveBits']),
  ]);
  const [one, same] = await Promise.all([
    crypto.subtle.deriveBits({ name: 'ECDH', public: other.publicKey }, privateKey, 256),
    crypto.subtle.deriveBits({ name: 'ECDH', public: point }, other.privateKey, 256),
  ]);
  if (!equal(new Uint8Array(one), new Uint8Array(same))) throw new RangeError('the public key is not that of the private key');
  return { publicKey, privateKey };
}

// A room's secret, and what is sealed with it.

/** @returns {Bytes} */
export const newRoomSecret = () => crypto.getRandomValues(new Uint8Array(32));

/** @param {CryptoKey} privateKey @param {Bytes} other @returns {Promise<Bytes>} 32 bytes */
export async function agree(privateKey, other) {
  const key = await crypto.subtle.importKey('raw', other, ecdh, false, []);
  return new Uint8Array(await crypto.subtle.deriveBits({ name: 'ECDH', public: key }, privateKey, 256));
}

/** @param {Bytes} shared @param {string} label @param {Bytes} ephemeral @param {Bytes} receiver */
export const wrapKey = async (shared, label, ephemeral, receiver) => aes(await hkdf(shared, concat(utf8(label), ephemeral, receiver)));

export const anonymous = 'anteroom room secret v1';
const own = 'anteroom room secret own v1';

/** Wraps a room's secret for the counsellor who makes it: nobody else could have wrapped it so. @param {Bytes} secret @param {AccountKey} account @returns {Promise<string>} base64url */
export async function wrapRoomSecret(secret, { publicKey, privateKey }) {
  const receiver = fromBase64url(publicKey);
  const pair = await crypto.subtle.generateKey(ecdh, false, ['deriveBits']);
  const ephemeral = new Uint8Array(await crypto.subtle.exportKey('raw', pair.publicKey));
  const shared = concat(await agree(pair.privateKey, receiver), await agree(privateKey, receiver));
  return toBase64url(concat(ephemeral, await seal(await wrapKey(shared, own, ephemeral, receiver), secret, new Uint8Array())));
}

/**
 * @param {string} wrapped @param {AccountKey} account
 * @returns {Promise<{ secret: Bytes, own: boolean }>} own: the account itself has made it; else it is of the command line, and whoever runs the server may know it
 * @throws when it was wrapped for somebody else, or changed
 */
export async function unwrapRoomSecret(wrapped, { publicKey, privateKey }) {
  const bytes = fromBase64url(wrapped);
  const [ephemeral, sealed, receiver] = [bytes.slice(0, pointLength), bytes.subarray(pointLength), fromBase64url(publicKey)];
  const [shared, mine] = await Promise.all([agree(privateKey, ephemeral), agree(privateKey, receiver)]);
  const opened = async (/** @type {Bytes} */ from, /** @type {string} */ label) => open(await wrapKey(from, label, ephemeral, receiver), sealed, new Uint8Array());
  return opened(concat(shared, mine), own).then((secret) => ({ secret, own: true }), async () => ({ secret: await opened(shared, anonymous), own: false }));
}

/** What a sealed text is; part of the seal, so that a label cannot be passed off as a title. @typedef {'title' | 'label' | 'link' | 'co-counsellor link'} Context */

/** @param {Bytes} secret */
const textKey = async (secret) => aes(await hkdf(secret, utf8('anteroom text v1')));

/** @param {Bytes} secret the room's @param {Context} context @param {string} text @returns {Promise<string>} base64url */
export async function sealText(secret, context, text) {
  return toBase64url(await seal(await textKey(secret), utf8(text), utf8(context)));
}

/** @param {Bytes} secret @param {Context} context @param {string} sealed @returns {Promise<string>} @throws when it is not genuine */
export async function openText(secret, context, sealed) {
  return fromUtf8(await open(await textKey(secret), fromBase64url(sealed), utf8(context)));
}

// An invited person's link.

const linkSecretLength = 16;

/** @returns {string} the 22 letters after the `#` */
export const newLinkSecret = () => toBase64url(crypto.getRandomValues(new Uint8Array(linkSecretLength)));

/** @param {string} text */
export function isLinkSecret(text) {
  try {
    return fromBase64url(text).length === linkSecretLength;
  } catch {
    return false;
  }
}

/** What is sent to show that one has the link. @param {string} secret @returns {Promise<string>} base64url */
export async function linkAuth(secret) {
  return toBase64url(await hkdf(fromBase64url(secret), utf8('anteroom link auth v1')));
}

/** What the server keeps of the link. @param {string} secret @returns {Promise<string>} base64url of SHA-256 */
export async function linkAuthHash(secret) {
  return sha256(fromBase64url(await linkAuth(secret)));
}

/** The half that is never sent: it authenticates the person's media keys to the counsellor's browser. @param {string} secret */
export async function linkE2ee(secret) {
  return hkdf(fromBase64url(secret), utf8('anteroom link e2ee v1'));
}

/**
 * As what somebody's link is sealed with the room's secret: a co-counsellor's opens the room, so no server can have it handed out as another's.
 * @param {string} role @returns {Context}
 */
const linkContext = (role) => (role === 'co-counsellor' ? 'co-counsellor link' : 'link');

/** @param {Bytes} room @param {string} role of the person @param {string} link */
export const sealLink = (room, role, link) => sealText(room, linkContext(role), link);

/** @param {Bytes} room @param {string} role as the server says @param {string} sealed @returns {Promise<string>} @throws when it is not genuine, or opens the room and is not said to */
export const openLink = (room, role, sealed) => openText(room, linkContext(role), sealed).catch(() => openText(room, 'link', sealed));

/** Whether whoever made the link meant it to open the room. @param {Bytes} room @param {string} sealed */
export const opensRoom = (room, sealed) => openText(room, 'co-counsellor link', sealed).then(() => true, () => false);

/** @param {string} link */
const linkRoomKey = async (link) => aes(await hkdf(fromBase64url(link), utf8('anteroom link room v1')));

/** Wraps a room's secret for whoever has the link. @param {Bytes} room @param {string} link @returns {Promise<string>} base64url */
export async function wrapForLink(room, link) {
  return toBase64url(await seal(await linkRoomKey(link), room, new Uint8Array()));
}

/** @param {string} wrapped @param {string} link @returns {Promise<Bytes>} the room's secret @throws when it was wrapped for another link, or changed */
export async function unwrapByLink(wrapped, link) {
  return open(await linkRoomKey(link), fromBase64url(wrapped), new Uint8Array());
}

/** @param {Bytes} bytes @returns {Promise<string>} base64url */
export async function sha256(bytes) {
  return toBase64url(new Uint8Array(await crypto.subtle.digest('SHA-256', bytes)));
}

// The device's key: an admission holds for the tab that knocked.

/** @returns {Promise<JsonWebKey>} the private key, for the tab's sessionStorage */
export async function newDeviceKey() {
  const pair = await crypto.subtle.generateKey(ecdsa, true, ['sign']);
  return crypto.subtle.exportKey('jwk', pair.privateKey);
}

/** The public point of a device key. @param {JsonWebKey} key @returns {string} base64url */
export function devicePoint({ x, y }) {
  return toBase64url(concat(Uint8Array.of(4), fromBase64url(x ?? ''), fromBase64url(y ?? '')));
}

/** Proves that a ticket or resume token is used by the device it was made for. @param {JsonWebKey} key @param {string} token @returns {Promise<string>} base64url, IEEE P1363, 64 bytes */
export async function deviceProof(key, token) {
  const signer = await crypto.subtle.importKey('jwk', key, ecdsa, false, ['sign']);
  const signature = await crypto.subtle.sign({ name: 'ECDSA', hash: 'SHA-256' }, signer, utf8(`anteroom hello v1\n${token}`));
  return toBase64url(new Uint8Array(signature));
}
