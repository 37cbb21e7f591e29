/** The page for an office's IT: every way to every node, whether it is open from here, and what the firewall has to open. */
import { h, useEffect, useState } from '../third_party/preact.js';
import { announce } from '../ui/announce.js';
import { primary, quiet, secondary } from '../ui/button.js';
import { tags } from '../ui/dom.js';
import { Page } from '../ui/frame.js';
import { icon } from '../ui/icon.js';
import { notice } from '../ui/notice.js';
import { listAt } from './nodes.js';
import { asText, inspectedOf, report } from './report.js';
import { t } from './words.js';

const { a, div, h2, h3, li, p, pre, section, span, ul } = tags;

/** @typedef {import('./report.js').Check} Check */
/** @typedef {import('./report.js').Opening} Opening */
/** @typedef {import('./report.js').Result} Result */

/** How long a button says that it did it. */
const saidFor = 3_000;

/** @type {Record<Result | 'running', { tag: string, icon: import('../ui/icon.js').IconName }>} */
const looks = {
  works: { tag: 'tag tag-live', icon: 'check' },
  blocked: { tag: 'tag tag-wrong', icon: 'close' },
  untested: { tag: 'tag', icon: 'info' },
  running: { tag: 'tag', icon: 'wait' },
};

/** @type {Record<import('./report.js').Verdict, import('../ui/notice.js').Tone>} */
const tones = { good: 'good', fair: 'warn', none: 'wrong', unknown: 'info' };

/** @param {{ service: import('../ui/frame.js').Service, survey: import('./survey.js').Survey }} props */
export function Office({ service, survey }) {
  const state = survey.state.value;
  const checks = survey.checks.value;
  const results = survey.results.value;
  const nodes = [...new Set(checks.map(({ node }) => node))];
  const found = state === 'done' ? report(checks, results) : null;

  return h(
    Page,
    { service: { ...service, staff: true }, wide: true, title: t('title'), lead: [p(null, t('lead')), p({ class: 'field-hint' }, t('how'))], 'data-test': 'network' },
    state === 'failed' && notice({ tone: 'wrong', live: true }, t('failed')),
    (state === 'ready' || state === 'running' || state === 'done') &&
      div(
        { class: 'form-actions unprinted' },
        primary({ icon: state === 'done' ? 'refresh' : 'globe', onClick: () => void survey.run(), 'aria-disabled': state === 'running' || undefined, 'data-test': 'run' }, state === 'done' ? t('again') : t('run')),
      ),
    div(
      { class: 'verdict', role: 'status' },
      state === 'running' && p(null, t('running')),
      found && notice({ tone: tones[found.verdict], 'data-test': `verdict-${found.verdict}` }, t(`verdict.${found.verdict}`)),
      found?.untested && notice({ icon: 'info', 'data-test': 'untested' }, t('untested')),
    ),
    found && found.openings.length > 0 && h(Openings, { openings: found.openings }),
    nodes.map((node, i) => section(
      { key: node.url, class: 'ways', 'aria-labelledby': `ways-${i}`, 'data-test': 'node', 'data-node': node.name },
      h2({ id: `ways-${i}`, class: 'ways-title' }, t('ways', { name: node.name })),
      ul(null, checks.filter((check) => check.node === node).map((check) => way(check, results[check.key] ?? (state === 'running' ? 'running' : null)))),
    )),
    p({ class: 'field-hint unprinted' }, a({ href: listAt }, t('list'))),
  );
}

/** @param {string} protocol @param {number} port @param {string[]} hosts */
const rule = (protocol, port, hosts) => `${protocol.toUpperCase()} ${port} · ${hosts.join(', ')}`;

/** @param {Check} check @param {Result | 'running' | null} result */
function way({ key, kind, transport: { protocol, port, addresses } }, result) {
  return li(
    { key, class: 'way', 'data-test': 'way', 'data-kind': kind, 'data-result': result },
    div(
      { class: 'way-words' },
      h3({ class: 'way-name' }, t(`kind.${kind}`)),
      p({ class: 'field-hint' }, t(`note.${kind}`)),
      p({ class: 'way-rule', dir: 'ltr' }, rule(protocol, port, addresses)),
    ),
    result && span({ class: looks[result].tag }, icon(looks[result].icon), t(`result.${result}`)),
  );
}

/** What a rule is for, in a few words. @param {Opening} opening */
const why = ({ kinds, required }) => `${kinds.map((kind) => t(`kind.${kind}`)).join(', ')}: ${required ? t('open.required') : t('open.better')}`;

/** @param {{ openings: Opening[] }} props */
function Openings({ openings }) {
  const [copied, setCopied] = useState(/** @type {'' | 'yes' | 'shown'} */ (''));
  useEffect(() => {
    if (copied !== 'yes') return;
    const timer = setTimeout(() => setCopied(''), saidFor);
    return () => clearTimeout(timer);
  }, [copied]);

  const inspected = inspectedOf(openings).map(({ port, hosts }) => t('open.inspected', { port, hosts: hosts.join(', ') }));
  const text = [t('open.title'), asText(openings, why), t('open.direction'), ...inspected].join('\n');
  const copy = async () => {
    try {
      await navigator.clipboard.writeText(text);
      setCopied('yes');
      announce(t('open.copied'));
    } catch {
      // Browsers that do not let the page write there show the text, to be copied by hand.
      setCopied('shown');
    }
  };
  return section(
    { class: 'openings', 'aria-labelledby': 'openings', 'data-test': 'openings' },
    h2({ id: 'openings', class: 'ways-title' }, t('open.title')),
    ul(null, openings.map((opening) => li(
      { key: rule(opening.protocol, opening.port, opening.hosts), class: 'way', 'data-test': 'rule' },
      div(
        { class: 'way-words' },
        p({ class: 'way-rule way-name', dir: 'ltr' }, rule(opening.protocol, opening.port, opening.hosts)),
        p({ class: 'field-hint' }, opening.kinds.map((kind) => t(`kind.${kind}`)).join(', ')),
      ),
      span({ class: opening.required ? 'tag tag-wrong' : 'tag' }, opening.required ? t('open.required') : t('open.better')),
    ))),
    p({ class: 'field-hint' }, t('open.direction')),
    inspected.map((words) => notice({ tone: 'warn', 'data-test': 'inspected' }, words)),
    div(
      { class: 'form-actions unprinted' },
      secondary({ icon: copied === 'yes' ? 'check' : 'copy', onClick: () => void copy(), 'data-test': 'copy' }, copied === 'yes' ? t('open.copied') : t('open.copy')),
      quiet({ icon: 'print', onClick: () => window.print(), 'data-test': 'print' }, t('open.print')),
    ),
    copied === 'shown' && pre({ class: 'link-text', 'data-test': 'text' }, text),
  );
}
