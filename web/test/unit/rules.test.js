/* What a room's policy means, in the words of both languages. */
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { test } from 'node:test';

Object.assign(globalThis, {
  document: { documentElement: {} },
  fetch: async (/** @type {URL} */ address) => ({ ok: true, json: async () => JSON.parse(await readFile(address, 'utf8')) }),
});
const { setLanguage, speakAlso } = await import('../../static/i18n/i18n.js');
const { policyTitle, rulesOf } = await import('../../static/portal/rules.js');
speakAlso((code) => new URL(`../../static/portal/words/${code}.json`, import.meta.url));

/** The strictest and the most open there can be. @type {import('../../static/portal/rules.js').Columns} */
const strict = {
  reentry_ms: 0, consent: true, series: false, links_survive: false, co_counsellors: false, delegation: false, end_after_ms: 60_000, share: 'nobody', peer_to_peer: 'off', sealed_only: true, chat: 'counsellors',
  muted_from: 1, stay_open_ms: 0, camera_check: false, groups: false, quick_exit: true, neutral_title: true, silent_sign: true, names: 'none', pin: 'required',
};
/** @type {import('../../static/portal/rules.js').Columns} */
const open = {
  reentry_ms: 600_000, consent: false, series: true, links_survive: true, co_counsellors: true, delegation: true, end_after_ms: 300_000, share: 'on_request', peer_to_peer: 'direct', sealed_only: false, chat: 'all',
  muted_from: 0, stay_open_ms: 600_000, camera_check: true, groups: true, quick_exit: false, neutral_title: false, silent_sign: false, names: 'free', pin: 'offered',
};

for (const lang of /** @type {const} */ (['de', 'en'])) {
  const catalogue = JSON.parse(await readFile(new URL(`../../static/portal/words/${lang}.json`, import.meta.url), 'utf8'));

  test(`each column says something else when it is closed (${lang})`, async () => {
    await setLanguage(lang);
    const says = (/** @type {import('../../static/portal/rules.js').Columns} */ columns) => rulesOf({ name: 'x', columns, locks: [] });
    const [shut, wide] = [says(strict), says(open)];
    assert.ok(shut.every((rule) => rule.shut), 'nothing of the strictest is open');
    assert.deepEqual(wide.filter((rule) => rule.shut).map(({ words }) => words), [catalogue['portal.rule.waiting'], catalogue['portal.rule.end_other'].replace('{n}', '5')], 'what no policy opens');
    for (const column of /** @type {(keyof typeof strict)[]} */ (Object.keys(strict))) {
      if (column === 'series' || column === 'links_survive') continue; // said where one chooses how often
      const one = says({ ...open, [column]: strict[column] });
      assert.equal(one.filter(({ words }, i) => words !== wide[i]?.words).length, 1, column);
    }
    assert.ok(shut.every(({ words }) => words.length > 10 && !/[{}]|portal\./.test(words)));
  });

  test(`a service's own policy is called as it says, a shipped one as the page says (${lang})`, async () => {
    await setLanguage(lang);
    assert.equal(policyTitle({ name: 'schule', columns: strict, locks: [] }), catalogue['portal.policy.schule']);
    assert.equal(policyTitle({ name: 'gymnasium', title: 'Gymnasium\u202e Nord', columns: strict, locks: [] }), 'Gymnasium Nord');
    assert.equal(policyTitle({ name: 'gymnasium', title: ' ', columns: strict, locks: [] }), 'gymnasium');
  });
}
