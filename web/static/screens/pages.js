/** C2, C11: the pages before everything, each with one thing to do and the service's telephone number. */
import { h, useState } from '../third_party/preact.js';
import { clock, day, t, time } from '../i18n/i18n.js';
import { linkButton, primary, quiet } from '../ui/button.js';
import { tags } from '../ui/dom.js';
import { dial, Page } from '../ui/frame.js';
import { inAppSteps } from './browser.js';
import { useNow } from './hooks.js';
import { steps } from './media.js';

const { div, p, span } = tags;

/** @typedef {import('../ui/frame.js').Service} Service */
/** @typedef {import('./journey.js').Journey} Journey */

/** A button with the service's number, where there is one. @param {Service} service @param {'primary' | 'secondary'} [kind] */
export const callThem = ({ phone }, kind = 'secondary') => phone && linkButton({ kind, icon: 'phone', href: dial(phone) }, t('call.phone', { phone }));

/** @param {{ service: Service }} props */
export function Loading({ service }) {
  return h(Page, { service, picture: 'door', title: t('loading') });
}

/** Unknown and expired look the same, or the page would tell strangers which links there were. @param {{ service: Service }} props */
export function LinkInvalid({ service }) {
  const { phone } = service;
  return h(Page, {
    service,
    picture: 'key',
    title: t('link.title'),
    'data-test': 'link-invalid',
    lead: [p(null, t('link.body')), p(null, phone ? t('link.phone', { phone }) : t('link.nophone'))],
    actions: callThem(service, 'primary'),
  });
}

/** The person was removed, or has a newer link. @param {{ service: Service }} props */
export function LinkRevoked({ service }) {
  return h(Page, {
    service,
    picture: 'key',
    title: t('revoked.title'),
    'data-test': 'link-revoked',
    lead: [p(null, t('revoked.body')), p(null, questions(service))],
    actions: callThem(service, 'primary'),
  });
}

/** Whom to ask. @param {Service} service */
export const questions = ({ phone }) => (phone ? t('questions.phone', { phone }) : t('questions.none'));

/** Opens by itself when it is time. @param {{ service: Service, journey: Journey }} props */
export function Early({ service, journey }) {
  useNow(1000);
  const starts = journey.link.value?.starts_at ?? journey.link.value?.opens_at ?? 0;
  const left = journey.left();
  const today = new Date(starts).toDateString() === new Date(starts - left).toDateString();
  return h(
    Page,
    {
      service,
      picture: 'clock',
      title: t('early.title'),
      'data-test': 'early',
      lead: p(null, today ? t('early.body', { time: time(starts) }) : t('early.body.day', { date: day(starts), time: time(starts) })),
    },
    div({ class: 'countdown' }, span(null, t('early.left')), span({ class: 'countdown-time' }, lasting(left))),
    p(null, t('early.keep')),
  );
}

/** @param {number} ms */
function lasting(ms) {
  if (ms >= 86_400_000) return t('early.days', { n: Math.floor(ms / 86_400_000) });
  return ms >= 3_600_000 ? t('early.hours', { time: clock(ms) }) : t('early.minutes', { time: clock(ms) });
}

/** @param {{ service: Service, code: string | null, onAgain: () => void }} props */
export function Trouble({ service, code, onAgain }) {
  const version = code === 'version';
  // A page that did not come whole: only a new one will.
  const reload = version || code === 'parts';
  const words =
    code === 'link_full' ? t('trouble.linkfull')
    : code === 'room_full' ? t('trouble.full')
    : version ? t('trouble.version')
    : t('trouble.unavailable');
  return h(Page, {
    service,
    picture: 'refresh',
    title: code === 'link_full' ? t('loading') : t('trouble.title'),
    'data-test': 'trouble',
    lead: p(null, words),
    actions: [
      reload
        ? primary({ icon: 'refresh', onClick: () => location.reload() }, t('reload'))
        : primary({ icon: 'refresh', onClick: onAgain, 'data-test': 'retry' }, t('again')),
      callThem(service),
    ],
  });
}

/** What each reason is called. @type {Record<'in_app' | 'insecure' | 'old' | 'unsealed', { title: import('../i18n/i18n.js').Key, body: import('../i18n/i18n.js').Key }>} */
const unsuited = {
  in_app: { title: 'unsuitable.inapp.title', body: 'unsuitable.inapp.body' },
  insecure: { title: 'unsuitable.insecure.title', body: 'unsuitable.insecure.body' },
  old: { title: 'unsuitable.old.title', body: 'unsuitable.old.body' },
  unsealed: { title: 'unsuitable.sealed.title', body: 'unsuitable.old.body' },
};

/** C2: this browser cannot, and where it can. @param {{ service: Service, why: 'in_app' | 'insecure' | 'old' | 'unsealed', address: string, onAnyway?: () => void }} props address: the whole link */
export function Unsuitable({ service, why, address, onAnyway }) {
  const [copied, setCopied] = useState(false);
  const copy = () => void navigator.clipboard?.writeText(address).then(() => setCopied(true));
  return h(
    Page,
    {
      service,
      picture: 'globe',
      title: t(unsuited[why].title),
      'data-test': 'unsuitable',
      lead: p(null, t(unsuited[why].body)),
      actions: [
        why !== 'insecure' && !!navigator.clipboard && primary({ icon: copied ? 'check' : 'copy', onClick: copy }, copied ? t('unsuitable.copied') : t('unsuitable.copy')),
        callThem(service),
        onAnyway && quiet({ onClick: onAnyway }, t('unsuitable.anyway')),
      ],
    },
    why === 'in_app' && steps(inAppSteps(navigator)),
    why === 'old' && p(null, t('unsuitable.policy.body')),
    why !== 'insecure' && p({ class: 'link-text', dir: 'ltr' }, address),
  );
}
