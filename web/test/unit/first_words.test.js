/*
 * Which words people wait for: those that the first page may say, and no others. What is loaded later has its words in screens/words. Who imports a screen into the
 * first page, or moves one out of it, is told here which words go with it.
 */
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path/posix';
import { test } from 'node:test';

const root = new URL('../../static/', import.meta.url);
const read = (/** @type {string} */ name) => readFile(new URL(name, root), 'utf8');
const plural = /_(zero|one|two|few|many|other)$/;
const bases = async (/** @type {string} */ catalogue) => [...new Set(Object.keys(JSON.parse(await read(catalogue))).map((key) => key.replace(plural, '')))];
const [first, later, portal] = await Promise.all(['i18n/locales/en.json', 'screens/words/en.json', 'portal/words/en.json'].map(bases));

/** What a page loads before anything of it runs: its module, and whatever that imports, without its comments. @param {string} entry @returns {Promise<Map<string, string>>} by name */
async function tree(entry) {
  const found = new Map();
  const visit = async (/** @type {string} */ name) => {
    if (found.has(name)) return;
    found.set(name, '');
    const code = (await read(name)).replace(/\/\*[\s\S]*?\*\/|^\s*\/\/.*$/gm, '');
    found.set(name, code);
    await Promise.all([...code.matchAll(/^(?:import|export)\s(?:[^'";]*\sfrom\s)?'(\.[^']+)'/gm)].map(([, to = '']) => visit(join(dirname(name), to))));
  };
  await visit(entry);
  return found;
}

/** Whether a page says a key before it loads more. The engine (call/, e2ee/) says nothing: its codes only look like keys; office/ has words of its own. @param {string} entry @returns {Promise<(key: string) => boolean>} */
async function saidBy(entry) {
  const code = [...await tree(entry)].filter(([name]) => !/^(call|e2ee|office|third_party)\//.test(name)).map(([, text]) => text).join('\n');
  const beginnings = [...code.matchAll(/`([a-z]+(?:\.[a-z]+)*\.)\$\{/g)].map((m) => m[1] ?? '');
  return (key) => code.includes(`'${key}'`) || beginnings.some((start) => key.startsWith(start));
}

test('the first page has the words that it may say, and waits for no others', async () => {
  const said = await saidBy('app.js');
  assert.deepEqual(first?.filter((key) => !said(key)), [], 'these belong into screens/words');
  assert.deepEqual(later?.filter(said), [], 'these belong into i18n/locales');
});

test('the engine has no words', async () => {
  for (const [name, code] of await tree('app.js')) if (/^(call|e2ee)\//.test(name)) assert.doesNotMatch(code, /i18n\.js'/, name);
});

test('what the office’s page borrows of the other pages has its words in the first file', async () => {
  assert.deepEqual(later?.filter(await saidBy('office.js')), []);
});

test('a key stands in one catalogue', () => {
  const all = [first, later, portal].flatMap((keys) => keys ?? []);
  assert.deepEqual(all.filter((key, at) => all.indexOf(key) !== at), []);
});
