/* What a page asks of an authenticator, and what of its answers goes further. */
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { toBase64url, utf8 } from '../../static/e2ee/bytes.js';
import { derivePassword, makeAccountKey, openAccountKey, passkeyKey } from '../../static/e2ee/keys.js';
import { Accounts } from '../../static/portal/account.js';
import { Authenticator } from '../../static/portal/authenticator.js';
import { Vault } from '../../static/portal/vault.js';
import { world } from './fakes.js';

const secret = crypto.getRandomValues(new Uint8Array(32));
const words = { service: 'Beratung Mitte', name: 'ada', displayName: 'Ada' };
const wishes = { challenge: toBase64url(utf8('challenge')), host: 'beratung.example.org', user: toBase64url(utf8('A1')), algorithms: [-7, -257], known: [toBase64url(utf8('old'))] };

/**
 * A store of passkeys. @param {{ enabled?: boolean, atOnce?: boolean, gives?: boolean, fails?: string }} [able] atOnce: gives the secret already when it makes one
 */
function store({ enabled = true, atOnce = true, gives = true, fails } = {}) {
  /** @type {{ what: string, publicKey: any }[]} */
  const asked = [];
  const answer = (/** @type {string} */ what) => (/** @type {any} */ { publicKey }) => {
    asked.push({ what, publicKey });
    if (fails) return Promise.reject(Object.assign(new Error(), { name: fails }));
    const given = gives && (what === 'get' || atOnce);
    return Promise.resolve({
      id: 'aWQ', rawId: utf8('id').buffer,
      getClientExtensionResults: () => ({ prf: { ...(what === 'create' ? { enabled } : {}), ...(given ? { results: { first: secret.buffer } } : {}) } }),
      response: {
        clientDataJSON: utf8('client').buffer, attestationObject: utf8('attestation').buffer, authenticatorData: utf8('data').buffer, signature: utf8('signature').buffer,
        userHandle: utf8('A1').buffer,
      },
    });
  };
  const credentials = /** @type {CredentialsContainer} */ (/** @type {unknown} */ ({ create: answer('create'), get: answer('get') }));
  return { asked, authenticator: new Authenticator(credentials) };
}

test('a passkey is wished for that keeps itself, knows its owner, and is the only one there of this account', async () => {
  const { asked, authenticator } = store();
  const made = await authenticator.make(wishes, words);
  const [{ publicKey }] = asked;
  assert.equal(asked.length, 1);
  assert.deepEqual(publicKey.authenticatorSelection, { residentKey: 'required', requireResidentKey: true, userVerification: 'required' });
  assert.deepEqual(publicKey.rp, { id: wishes.host, name: words.service });
  assert.deepEqual(publicKey.pubKeyCredParams, [{ type: 'public-key', alg: -7 }, { type: 'public-key', alg: -257 }]);
  assert.deepEqual(publicKey.excludeCredentials, [{ type: 'public-key', id: utf8('old') }]);
  assert.equal(publicKey.attestation, 'none');
  assert.deepEqual(made.secret, secret);
  assert.deepEqual(Object.keys(made).sort(), ['attestation', 'client_data', 'credential', 'secret']);
});

test('one that gives its secret only when it signs is asked once more, for this passkey, and what it signs goes nowhere', async () => {
  const { asked, authenticator } = store({ atOnce: false });
  assert.deepEqual((await authenticator.make(wishes, words)).secret, secret);
  assert.deepEqual(asked.map(({ what }) => what), ['create', 'get']);
  assert.deepEqual(asked[1].publicKey.allowCredentials, [{ type: 'public-key', id: utf8('id').buffer }]);
  assert.notDeepEqual(asked[1].publicKey.challenge, utf8('challenge'));
});

test('one without the function is refused, when it is made and when it signs', async () => {
  for (const able of [{ enabled: false }, { enabled: false, gives: false }, { gives: false }]) {
    await assert.rejects(store(able).authenticator.make(wishes, words), { code: 'prf' });
  }
  await assert.rejects(store({ gives: false }).authenticator.sign(wishes), { code: 'prf' });
});

test('what a browser refuses has a code', async () => {
  for (const [fails, code] of [['NotAllowedError', 'cancelled'], ['InvalidStateError', 'known'], ['ConstraintError', 'prf'], ['NotSupportedError', 'prf'], ['SecurityError', 'passkey']]) {
    await assert.rejects(store({ fails }).authenticator.make(wishes, words), { code });
  }
  const none = new Authenticator(undefined);
  assert.equal(none.possible, false);
  await assert.rejects(none.sign(wishes), { code: 'passkey' });
});

test('a passkey opens the account without the password, and the server gets nothing that does', async () => {
  const here = world();
  const { auth, wrap } = await derivePassword('default', 'ada', 'correct horse battery staple');
  const made = await makeAccountKey(wrap);
  const account = { id: 'A1', name: 'ada', display_name: 'Ada', public_key: made.publicKey, wrapped_private_key: made.wrappedPrivateKey };
  /** @type {any} */
  let kept = null;
  here.api.answer = (path, body) => {
    if (path.endsWith('/session/challenge') || path.endsWith('/passkeys/challenge')) return [200, wishes];
    if (path.endsWith('/session/passkey')) return kept ? [200, { account, passkey_key: kept.wrapped_private_key }] : [401, { code: 'unauthenticated' }];
    if (path.endsWith('/account/passkeys') && body) kept = body;
    if (path.endsWith('/account/passkeys')) return [200, { passkeys: [] }];
    return body && body.auth !== auth ? [401, { code: 'unauthenticated' }] : [200, { account }];
  };
  const { asked, authenticator } = store();
  const accounts = new Accounts(here.env, new Vault(undefined), async () => 'default', authenticator);
  await assert.rejects(accounts.signInByPasskey(), { code: 'unauthenticated' });
  await accounts.signIn('ada', 'correct horse battery staple');
  asked.length = 0;
  await assert.rejects(accounts.addPasskey({ password: 'another', name: 'x', service: 'y' }), { code: 'password' });
  assert.equal(asked.length, 0, 'nothing is asked of the device before the password is right');
  await accounts.addPasskey({ password: 'correct horse battery staple', name: 'Telefon', service: 'Beratung Mitte' });
  assert.deepEqual(Object.keys(kept).sort(), ['attestation', 'auth', 'challenge', 'client_data', 'credential', 'name', 'wrapped_private_key']);
  await openAccountKey(await passkeyKey(secret), { publicKey: made.publicKey, wrappedPrivateKey: kept.wrapped_private_key });

  await accounts.signOut();
  await accounts.signInByPasskey();
  assert.equal(accounts.account.value?.key.privateKey.extractable, false);
  assert.equal(JSON.stringify(here.posted).includes(toBase64url(secret)), false);
  const sent = here.posted.filter(({ path }) => path.endsWith('/session/passkey')).at(-1)?.body;
  assert.deepEqual(Object.keys(sent).sort(), ['authenticator_data', 'challenge', 'client_data', 'credential', 'signature', 'user']);

  kept.wrapped_private_key = made.wrappedPrivateKey;
  await assert.rejects(accounts.signInByPasskey(), { code: 'key' });
});
