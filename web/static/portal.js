/**
 * The counsellor's page: puts the parts together and shows them.
 *
 * `data-state` on the body says in one word where the counsellor is (portal/portal.js).
 */
import { Call } from './call/call.js';
import { Devices } from './call/devices.js';
import { browserEnv } from './call/env.js';
import { http } from './call/http.js';
import { baseOf, choose, language, setLanguage, speakAlso, t } from './i18n/i18n.js';
import { Accounts } from './portal/account.js';
import { Authenticator } from './portal/authenticator.js';
import { Desk } from './portal/desk.js';
import { Portal, portalState } from './portal/portal.js';
import { parseRoute, Router } from './portal/route.js';
import { Rooms } from './portal/rooms.js';
import { secretsOf } from './portal/secrets.js';
import { Texts } from './portal/texts.js';
import { Vault } from './portal/vault.js';
import { Sounds } from './screens/sounds.js';
import { later } from './screens/words.js';
import { effect, h, render, signal } from './third_party/preact.js';

/** Where the one-time token of /setup waits in the tab, so that a reload does not lose it and the address bar does not show it. */
const kept = 'anteroom setup';

/** The token of the address, taken out of the address bar; or the one kept from before a reload. @param {Storage | import('./call/env.js').Env['sessionStorage']} storage */
function setUpToken(storage) {
  if (location.pathname !== '/setup') return null;
  const token = location.hash.slice(1);
  if (token) {
    storage.setItem(kept, token);
    history.replaceState(null, '', '/setup');
  }
  return token || storage.getItem(kept);
}

/** What every page shows; asked until it is known, since signing in needs the tenant. @param {import('./call/env.js').Env} env @returns {Promise<{ tenant: string, name: string, phone: string }>} */
const askService = (env) => http(env, 'GET', '/service');

speakAlso((code) => new URL(`./portal/words/${code}.json`, import.meta.url), later);
const env = browserEnv(window);
const sounds = new Sounds();
const devices = new Devices(env);
const setUp = signal(setUpToken(env.sessionStorage));
const router = new Router(window);
const first = askService(env);
const authenticator = new Authenticator(window.isSecureContext && 'PublicKeyCredential' in window ? navigator.credentials : undefined);
const accounts = new Accounts(env, new Vault(window.indexedDB), async () => (await first.catch(() => askService(env))).tenant, authenticator);
const texts = new Texts(() => accounts.account.peek()?.key ?? null);
const rooms = new Rooms(env, accounts, texts);
const call = new Call(env, secretsOf(rooms, texts));
const desk = new Desk(call, devices, () => language.value, () => accounts.account.value?.called ?? '');
const parts = { accounts, rooms, texts, desk, router, setUp };

effect(() => {
  document.body.dataset.state = portalState(parts);
});
effect(() => {
  if (!setUp.value) env.sessionStorage.removeItem(kept);
});
// The list is live while it is looked at. Whoever signs out leaves nothing on the screen or in memory.
const visible = signal(!document.hidden);
document.addEventListener('visibilitychange', () => (visible.value = !document.hidden));
effect(() => {
  const signedIn = accounts.account.value !== null;
  const inCall = desk.step.value === 'joined';
  if (!signedIn) {
    rooms.clear();
    texts.clear();
  } else {
    // Also in a call: the labels of its people are opened with what the list says of the room.
    rooms.watch(inCall ? 'calm' : visible.value ? 'live' : null);
  }
});
// The session was over before the room was entered.
effect(() => {
  if (call.phase.value !== 'failed' || call.failure.value !== 'unauthenticated') return;
  desk.leave();
  void accounts.lost();
});
effect(() => {
  if (desk.step.value === 'away') document.title = t('portal.title');
});

// Every tap may be the one that lets the page be heard: browsers stop sound before the first, and after a telephone call.
document.addEventListener('click', () => {
  sounds.unlock();
  if (call.audioBlocked.peek()) call.unlockAudio();
});
window.addEventListener('pagehide', () => call.close());
window.addEventListener('pageshow', (event) => event.persisted && location.reload());

const route = parseRoute(location.hash);
const [service] = await Promise.all([
  first.catch(() => ({ name: '', phone: '' })),
  setLanguage(baseOf(choose(...navigator.languages))),
  accounts.restore(),
]);
void desk.resume(route.page === 'room' ? route.room : null);
render(h(Portal, { parts, service, sounds, origin: location.origin, now: env.now }), document.querySelector('#app') ?? document.body);
