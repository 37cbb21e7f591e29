/**
 * The client's page: puts the parts together and shows them.
 *
 * `data-state` on the body says in one word where the person is (screens/state.js).
 */
import { Call } from './call/call.js';
import { Devices } from './call/devices.js';
import { browserEnv } from './call/env.js';
import { checkLink, consentHash, readLink } from './call/links.js';
import { choose, language, setLanguage } from './i18n/i18n.js';
import { suitability } from './screens/browser.js';
import { Client } from './screens/client.js';
import { Journey } from './screens/journey.js';
import { Sounds } from './screens/sounds.js';
import { journeyState } from './screens/state.js';
import { effect, h, render } from './third_party/preact.js';

const env = browserEnv(window);
const sounds = new Sounds();
const devices = new Devices(env);
const call = new Call(env);
const journey = new Journey(call, devices, {
  check: (secret) => checkLink(env, secret),
  hash: consentHash,
  storage: env.sessionStorage,
  now: env.now,
  setTimeout: env.setTimeout,
  language: () => language.value,
});

const unsuitable = suitability({
  userAgent: navigator.userAgent,
  maxTouchPoints: navigator.maxTouchPoints,
  secure: window.isSecureContext,
  peer: 'RTCPeerConnection' in window,
  media: !!navigator.mediaDevices?.getUserMedia,
});

/** Name and telephone number of the service; without them the page works, and says less. @returns {Promise<import('./ui/frame.js').Service>} */
async function service() {
  try {
    const answer = await fetch('/api/v1/service');
    const { name, phone } = await answer.json();
    return { name: name ?? '', phone: phone ?? '' };
  } catch {
    return { name: '', phone: '' };
  }
}

effect(() => {
  document.body.dataset.state = unsuitable === 'ok' ? journeyState(journey) : 'unsuitable';
});

// The language of the link, once it is known, unless the person has chosen another by then.
const first = choose(...navigator.languages);
effect(() => {
  const wish = journey.link.value?.lang;
  if (wish && language.peek() === first) setLanguage(choose(wish, ...navigator.languages)).catch(() => {});
});

// Every tap may be the one that lets the page be heard again: browsers stop sound after a telephone call.
document.addEventListener('click', () => {
  sounds.unlock();
  if (call.audioBlocked.peek()) call.unlockAudio();
});
// A page that goes away gives up its seat's connection; one that comes back from the browser's cache is stale.
window.addEventListener('pagehide', () => call.close());
window.addEventListener('pageshow', (event) => event.persisted && location.reload());

const secret = readLink(location, history);
const [house] = await Promise.all([service(), setLanguage(first), unsuitable === 'ok' ? journey.start(secret) : null]);
const address = `${location.origin}/j#${secret ?? ''}`;
render(h(Client, { journey, service: house, sounds, unsuitable, address }), document.querySelector('#app') ?? document.body);
