/* Which part of the client may know which. An arrow that is not here is a decision: add it with its reason, or turn the code around. */
import assert from 'node:assert/strict';
import { readdir, readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path/posix';
import { test } from 'node:test';

const root = new URL('../../static/', import.meta.url);
const preact = 'third_party/preact.js';

/** @type {Record<string, { may: string[], because: string }>} a folder with a slash at its end, or one file */
const arrows = {
  'e2ee/': { may: [], because: 'cryptography is read by auditors: what it does must stand in its own folder' },
  'i18n/': { may: [preact], because: 'the language is a signal; words know nothing of where they are shown' },
  'call/': { may: ['e2ee/', preact], because: 'the engine runs without a page: in tests, and under any other interface. Of Preact it takes signals' },
  'ui/': { may: ['i18n/', 'third_party/'], because: 'a button serves any page: what it shows is handed to it' },
  'screens/': { may: ['ui/', 'i18n/', preact], because: 'they show whatever call they are given, and the portal shows its call with them: they make none, and know no accounts' },
  'portal/': { may: ['screens/', 'ui/', 'i18n/', 'call/', 'e2ee/', preact], because: 'the outermost part: nothing but portal.js knows it' },
  'office/': { may: ['ui/', 'i18n/', preact], because: 'it tests a network without a seat in any call: neither the call nor the portal has a part in it' },
};

/** Of Preact, what an engine may use. */
const signals = ['batch', 'computed', 'effect', 'signal', 'untracked'];

const files = (await readdir(root, { recursive: true })).filter((name) => name.endsWith('.js')).map((name) => name.replaceAll('\\', '/'));
/** @param {string} name */
const read = (name) => readFile(new URL(name, root), 'utf8');
/** Code without its comments, in which types are imported. @param {string} text */
const bare = (text) => text.replace(/\/\*[\s\S]*?\*\/|^\s*\/\/.*$/gm, '');

/** What a module imports, at the start or later. @param {string} name @param {string} text without comments */
function imports(name, text) {
  const found = text.matchAll(/^(?:import|export)\s+(?:([\w*$\s{},]+)\sfrom\s+)?['"]([^'"]+)['"]|\bimport\(\s*['"]([^'"]+)['"]\s*\)|\bnew URL\('([^']+\.js)', import\.meta\.url\)/gm);
  return [...found].map(([, names = '', at, later, worker]) => ({ names: names.match(/\w+/g) ?? [], to: join(dirname(name), at ?? later ?? worker) }));
}

test('every folder of code has its arrows', () => {
  const folders = new Set(files.filter((name) => name.includes('/')).map((name) => `${name.split('/')[0]}/`));
  folders.delete('third_party/');
  assert.deepEqual([...folders].sort(), Object.keys(arrows).sort());
});

for (const [folder, { may, because }] of Object.entries(arrows)) {
  test(`${folder} imports ${may.join(', ') || 'nothing'}: ${because}`, async () => {
    for (const name of files.filter((file) => file.startsWith(folder))) {
      for (const { to } of imports(name, bare(await read(name)))) {
        assert.ok([folder, ...may].some((allowed) => to.startsWith(allowed)), `${name} imports ${to}`);
      }
    }
  });
}

test('call/ takes signals of Preact, and nothing that renders', async () => {
  for (const name of files.filter((file) => file.startsWith('call/'))) {
    for (const { to, names } of imports(name, bare(await read(name)))) {
      if (to === preact) for (const one of names) assert.ok(signals.includes(one), `${name} imports ${one}`);
    }
  }
});

test('call/ reaches the world through env.js alone', async () => {
  const world = /(?<![.\w])(?:window|document|navigator|location|history|sessionStorage|localStorage|fetch|setTimeout|setInterval|Date|performance|console)\s*(?:\.|\()|Math\.random|\bnew (?:WebSocket|RTCPeerConnection|MediaStream)\b/;
  for (const name of files.filter((file) => file.startsWith('call/') && file !== 'call/env.js')) {
    // A parameter may be called like what is handed in.
    const code = bare(await read(name)).replace(/\bexport function readLink[\s\S]*?^}/m, '');
    assert.doesNotMatch(code, world, name);
  }
});

test('every module is reached from one of the three pages, or has types alone', async () => {
  const reached = new Set(['app.js', 'portal.js', 'office.js']);
  for (const name of reached) for (const { to } of imports(name, bare(await read(name)))) reached.add(to);
  for (const name of files) {
    if (!reached.has(name)) assert.equal(bare(await read(name)).trim(), 'export {};', `nobody imports ${name}`);
  }
});
