/**
 * What a room's policy means, in words: what the counselling service has decided, and counsellors can look up and not change. The server
 * enforces it; nothing here does.
 */
import { t } from '../i18n/i18n.js';
import { tags } from '../ui/dom.js';
import { icon } from '../ui/icon.js';
import { cleanText } from '../ui/text.js';
import { radios } from './form.js';

const { div, li, p, span, ul } = tags;

/**
 * A policy as `GET /policies` tells it.
 * @typedef {object} Policy
 * @property {string} name
 * @property {string} [title] of the service's own
 * @property {Columns} columns there may be more, of a newer server
 * @property {string[]} locks
 */

/** @typedef {import('../call/naming.js').NameRule} NameRule */
/** Whether people have a PIN beside their link. @typedef {'off' | 'offered' | 'required'} PINRule */

/**
 * @typedef {object} Columns
 * @property {number} reentry_ms
 * @property {boolean} consent
 * @property {boolean} series
 * @property {boolean} links_survive
 * @property {boolean} co_counsellors
 * @property {boolean} delegation
 * @property {number} end_after_ms
 * @property {'nobody' | 'counsellors' | 'on_request'} share
 * @property {'off' | 'relay' | 'direct'} peer_to_peer
 * @property {boolean} sealed_only
 * @property {'all' | 'counsellors'} chat
 * @property {number} muted_from
 * @property {number} stay_open_ms
 * @property {boolean} camera_check
 * @property {boolean} groups
 * @property {boolean} quick_exit
 * @property {boolean} neutral_title
 * @property {boolean} silent_sign
 * @property {NameRule} names
 * @property {PINRule} pin
 */

/** A line of it. `shut`: it keeps something closed. @typedef {{ shut: boolean, words: string }} Rule */

const minutes = (/** @type {number} */ ms) => ({ n: Math.max(1, Math.round(ms / 60_000)) });

/** Whether moderation may be handed on in the call. @param {Policy | undefined} policy */
export const mayLend = (policy) => !!policy && policy.columns.delegation && policy.columns.co_counsellors;

/** @param {Policy} policy @returns {Rule[]} */
export function rulesOf({ columns: c }) {
  const shut = (/** @type {string} */ words) => ({ shut: true, words });
  const open = (/** @type {string} */ words) => ({ shut: false, words });
  return [
    shut(t('portal.rule.waiting')),
    c.consent ? shut(t('portal.rule.consent')) : open(t('portal.rule.consent.none')),
    c.pin === 'required' ? shut(t('portal.rule.pin')) : open(c.pin === 'offered' ? t('portal.rule.pin.offered') : t('portal.rule.pin.off')),
    nameRule(c.names),
    c.reentry_ms > 0 ? open(t('portal.rule.reentry', minutes(c.reentry_ms))) : shut(t('portal.rule.reentry.none')),
    c.co_counsellors ? open(t(c.delegation ? 'portal.rule.colleagues.lends' : 'portal.rule.colleagues')) : shut(t('portal.rule.colleagues.none')),
    c.chat === 'all' ? open(t('portal.rule.chat.all')) : shut(t('portal.rule.chat')),
    c.share === 'on_request' ? open(t('portal.rule.share.request')) : shut(c.share === 'nobody' ? t('portal.rule.share.nobody') : t('portal.rule.share')),
    c.sealed_only ? shut(t('portal.rule.sealed')) : open(t('portal.rule.sealed.ask')),
    c.peer_to_peer === 'direct' ? open(t('portal.rule.direct')) : shut(t('portal.rule.relay')),
    c.muted_from === 0 ? open(t('portal.rule.muted.none')) : shut(c.muted_from === 1 ? t('portal.rule.muted.all') : t('portal.rule.muted.from', { number: c.muted_from })),
    c.camera_check ? open(t('portal.rule.camera')) : shut(t('portal.rule.camera.none')),
    c.groups ? open(t('portal.rule.groups')) : shut(t('portal.rule.groups.none')),
    c.stay_open_ms > 0 ? open(t('portal.rule.open', minutes(c.stay_open_ms))) : shut(t('portal.rule.open.none')),
    shut(t('portal.rule.end', minutes(c.end_after_ms))),
    // What protects people at home is said where it is; elsewhere nobody expects it.
    ...[c.quick_exit && t('portal.rule.exit'), c.neutral_title && t('portal.rule.neutral'), c.silent_sign && t('portal.rule.sign')].flatMap((words) => (words ? [shut(words)] : [])),
  ];
}

/** @param {NameRule} names @returns {Rule} */
function nameRule(names) {
  return { shut: names === 'initials' || names === 'none', words: names === 'free' ? t('portal.rule.names') : t(`portal.rule.names.${names}`) };
}

/** What to know of a label before it is written. @param {Policy | undefined} policy */
export function labelHint(policy) {
  const names = policy?.columns.names ?? 'free';
  return [names !== 'free' && t(`portal.new.label.${names}`), t('portal.new.label.hint')].filter(Boolean).join(' ');
}

/** @param {Policy} policy */
export function policyTitle({ name, title }) {
  switch (name) {
    case 'erziehungsberatung': return t('portal.policy.erziehungsberatung');
    case 'jobcenter': return t('portal.policy.jobcenter');
    case 'gruppe': return t('portal.policy.gruppe');
    case 'schule': return t('portal.policy.schule');
    case 'schutz': return t('portal.policy.schutz');
    default: return cleanText(title ?? '') || name;
  }
}

/**
 * The choice where there is one, and what the chosen one means.
 * @param {{ policies: Policy[], chosen: Policy, onChoose: (name: string) => void }} props
 */
export function Rules({ policies, chosen, onChoose }) {
  const choice = policies.length > 1;
  return div(
    { class: 'rules', 'data-test': 'rules', 'data-policy': chosen.name },
    choice &&
      radios({
        legend: t('portal.policy.which'), hidden: true, name: 'policy', value: chosen.name, onChange: onChoose,
        options: policies.map((policy) => ({ value: policy.name, label: policyTitle(policy), test: `policy-${policy.name}` })),
      }),
    p({ class: 'rules-by' }, choice ? t('portal.policy.by.choice', { name: policyTitle(chosen) }) : t('portal.policy.by')),
    div({ 'aria-live': choice ? 'polite' : undefined }, ruleList(chosen)),
  );
}

/** What a policy means, line by line. @param {Policy} policy */
export function ruleList(policy) {
  return ul(
    { class: 'rules-list' },
    rulesOf(policy).map(({ shut, words }) => li({ key: words, class: shut ? 'rule rule-shut' : 'rule' }, icon(shut ? 'lock' : 'check'), span(null, words))),
  );
}
