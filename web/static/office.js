/**
 * The page for an office's IT: puts the parts together and shows them.
 *
 * `data-state` on the body says in one word how far the survey is (office/survey.js).
 */
import { browserEnv } from './call/env.js';
import { baseOf, choose, proposeLanguage } from './i18n/i18n.js';
import { Office } from './office/page.js';
import { Survey } from './office/survey.js';
import { follow, t } from './office/words.js';
import { effect, h, render, signal } from './third_party/preact.js';

const env = browserEnv(window);
const survey = new Survey(env, location.origin);

/** @type {import('./third_party/preact.js').Signal<import('./ui/frame.js').Service>} */
const service = signal({ name: '', phone: '' });

async function meetService() {
  try {
    const { name, phone } = await (await fetch('/api/v1/service')).json();
    service.value = { name: name ?? '', phone: phone ?? '' };
  } catch {
    // The survey says what does not come through.
  }
}

effect(() => {
  document.body.dataset.state = survey.state.value;
});

await Promise.all([meetService(), survey.load(), proposeLanguage(baseOf(choose(location.pathname === '/netz' ? 'de' : null, ...navigator.languages)))]);
await follow();
effect(() => {
  document.title = t('title');
});
const View = () => h(Office, { service: service.value, survey });
render(h(View, null), document.querySelector('#app') ?? document.body);
