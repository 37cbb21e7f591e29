/* The first page that a client sees: who invites. */
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { test } from 'node:test';

Object.assign(globalThis, {
  document: { documentElement: {} },
  fetch: async (/** @type {URL} */ address) => ({ ok: true, json: async () => JSON.parse(await readFile(address, 'utf8')) }),
});
const { day, setLanguage, time } = await import('../../static/i18n/i18n.js');
const { invited } = await import('../../static/screens/welcome.js');

const starts = Date.UTC(2030, 2, 12, 9, 30);

test('a service with a name invites in it; of one without nothing is said, least of all the program’s name', async () => {
  const named = { name: 'Lindenhof', phone: '' };
  await setLanguage('de');
  assert.equal(invited(named), 'Lindenhof hat Sie zu einem Videogespräch eingeladen.');
  for (const name of ['', 'Anteroom']) assert.equal(invited({ name, phone: '' }), 'Sie sind zu einem Videogespräch eingeladen.');
  assert.equal(invited({ name: 'Anteroom', phone: '' }, starts), `Sie haben am ${day(starts)} um ${time(starts)} Uhr einen Termin.`);
  await setLanguage('en');
  assert.equal(invited(named), 'Lindenhof has invited you to a video conversation.');
  for (const name of ['', 'Anteroom']) assert.equal(invited({ name, phone: '' }), 'You are invited to a video conversation.');
  assert.equal(invited({ name: 'Anteroom', phone: '' }, starts), `You have an appointment on ${day(starts)} at ${time(starts)}.`);
  assert.equal(invited(named, starts), `You have an appointment with Lindenhof on ${day(starts)} at ${time(starts)}.`);
});
