/**
 * The client's page: puts the parts together and shows them.
 *
 * `data-state` on the body says in one word where the person is (screens/state.js).
 */
import { Call } from './call/call.js';
import { Devices } from './call/devices.js';
import { entryByCode } from './call/entry.js';
import { browserEnv } from './call/env.js';
import { checkLink, consentHash, readLink } from './call/links.js';
import { mayModerate } from './call/role.js';
import { canSeal } from './e2ee/ability.js';
import { baseOf, choose, language, proposeLanguage } from './i18n/i18n.js';
import { suitability } from './screens/browser.js';
import { Client } from './screens/client.js';
import { Discretion } from './screens/discretion.js';
import { leaveQuickly, Protected } from './screens/exit.js';
import { Journey } from './screens/journey.js';
import { Sounds } from './screens/sounds.js';
import { journeyState } from './screens/state.js';
import { effect, h, render, signal } from './third_party/preact.js';

const env = browserEnv(window);
const sounds = new Sounds();
const devices = new Devices(env);
const call = new Call(env);
const discretion = new Discretion(env.sessionStorage);
/** The first answer of the server says how careful the page has to be. @param {string} entry as call/entry.js has it */
async function check(entry) {
  const answer = await checkLink(env, entry);
  if (!('error' in answer)) discretion.learn(answer);
  else if (answer.error !== 'unavailable') discretion.keep(false);
  return answer;
}
const journey = new Journey(call, devices, {
  check,
  byCode: entryByCode,
  hash: consentHash,
  pass: (entry, text) => import('./call/pin.js').then(({ passFor }) => passFor(env, entry, text), () => ({ error: 'unavailable' })),
  storage: env.sessionStorage,
  now: env.now,
  setTimeout: env.setTimeout,
  language: () => language.value,
  seals: canSeal(env.transforms),
});

const unsuitable = suitability({
  userAgent: navigator.userAgent,
  maxTouchPoints: navigator.maxTouchPoints,
  secure: window.isSecureContext,
  peer: 'RTCPeerConnection' in window,
  media: !!navigator.mediaDevices?.getUserMedia,
});

/** @type {import('./third_party/preact.js').Signal<import('./ui/frame.js').Service>} name and telephone number; without them the page works, and says less */
const service = signal({ name: '', phone: '' });

async function meetService() {
  try {
    const answer = await fetch('/api/v1/service');
    const { name, phone, privacy, survey, helplines } = await answer.json();
    service.value = { name: name ?? '', phone: phone ?? '', privacy, survey, helplines };
  } catch {
    // The first request to the service that matters says what is wrong.
  }
}

effect(() => {
  document.body.dataset.state = unsuitable === 'ok' ? journeyState(journey) : 'unsuitable';
});

// The tab keeps it as long as it keeps a seat.
effect(() => {
  const phase = call.phase.value;
  if (phase !== 'idle' && phase !== 'failed') discretion.keep(phase !== 'ended' && phase !== 'removed' && phase !== 'left');
});

// The browser's language first; that of the link once it is known, unless the person has chosen another by then.
const words = proposeLanguage(choose(...navigator.languages));
effect(() => {
  const link = journey.link.value;
  if (!link?.lang) return;
  const wish = choose(link.lang, ...navigator.languages);
  // What those read who counsel is written in the plain languages alone.
  proposeLanguage(mayModerate(link.role) ? baseOf(wish) : wish).catch(() => {});
});

// Every tap may be the one that lets the page be heard again: browsers stop sound after a telephone call.
document.addEventListener('click', () => {
  sounds.unlock();
  if (call.audioBlocked.peek()) call.unlockAudio();
});
// A page that goes away gives up its seat's connection; one that comes back from the browser's cache is stale.
window.addEventListener('pagehide', () => call.close());
window.addEventListener('pageshow', (event) => event.persisted && location.reload());
// Another link opened in this very tab differs behind the # alone, which no browser takes for a new page.
window.addEventListener('hashchange', () => location.hash && location.reload());

const secret = readLink(location, history);
const typing = location.pathname === '/code';
const address = typing ? location.href : `${location.origin}/j#${secret ?? ''}`;
const begun = Promise.all([meetService(), unsuitable === 'ok' ? journey.start(secret, typing) : secret && check(secret)]);

// Without words there is no screen of ours: the page's own (page.html) says so, with a way to try again, until they come.
const giveUp = () => {
  const again = document.querySelector('#again');
  if (!(again instanceof HTMLElement)) return;
  again.hidden = false;
  again.addEventListener('click', () => location.reload());
  again.closest('.stranded')?.classList.add('stranded-now');
};
const late = setTimeout(giveUp, 10_000);
words.catch(giveUp);
await words;
clearTimeout(late);
// On a good line the first screen is the welcome; on a slow one the person reads "One moment please" meanwhile.
await Promise.race([begun, new Promise((resolve) => setTimeout(resolve, 500))]);

const stop = () => [() => devices.close(), () => call.exit(), () => sounds.close()].forEach((each) => each());
const Page = () =>
  h(
    Protected, { to: discretion.exit.value, onExit: (to) => leaveQuickly(window, to, stop) },
    h(Client, { journey, service: service.value, sounds, unsuitable, address, neutral: discretion.neutral.value }),
  );
render(h(Page, null), document.querySelector('#app') ?? document.body);
// Nobody knocks without it; it comes while the person reads.
import('./call/secrecy.js').catch(() => {});
