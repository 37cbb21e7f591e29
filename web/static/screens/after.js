/** C10: the pages after everything, each with one thing to do and the service's telephone number. */
import { h, useEffect } from '../third_party/preact.js';
import { t } from '../i18n/i18n.js';
import { announceNow } from '../ui/announce.js';
import { linkButton, secondary } from '../ui/button.js';
import { tags } from '../ui/dom.js';
import { dial, Page } from '../ui/frame.js';
import { Deletion } from './deleted.js';
import { callThem, questions } from './pages.js';

const { a, dd, div, dl, dt, h2, p, section } = tags;

/** @typedef {import('../ui/frame.js').Service} Service */

/** Nothing of the conversation is in this window any more, nor the way back to it. */
const clear = () => location.replace('about:blank');

/** C10. @param {{ service: Service, call: import('../call/call.js').Call, staff: boolean }} props staff: who may show the receipt to others reads it at once, and needs no numbers to call */
export function Ended({ service, call, staff }) {
  useEffect(() => announceNow(t('end.title')), []);
  const { survey } = service;
  return h(
    Page,
    { service, picture: 'check', title: t('end.title'), 'data-test': 'ended', lead: [p(null, t('end.body')), p(null, t('end.close'))] },
    h(Deletion, { receipt: call.receipt, onClear: clear, open: staff }),
    // Where it leads is told nothing: not from where, and not who.
    !staff && survey && div({ class: 'actions' }, linkButton({ icon: 'text', href: survey, target: '_blank', rel: 'noopener noreferrer', referrerpolicy: 'no-referrer', 'data-test': 'survey' }, t('end.survey'))),
    !staff && emergency(service.helplines),
  );
}

/** One hung up oneself, perhaps by mistake. @param {{ service: Service, onBack: () => void }} props */
export function Left({ service, onBack }) {
  return h(
    Page,
    {
      service,
      picture: 'hangUp',
      title: t('left.title'),
      'data-test': 'ended',
      lead: [p(null, t('left.body')), p(null, t('end.close'))],
    },
    div({ class: 'actions' }, secondary({ icon: 'back', onClick: onBack, 'data-test': 'rejoin' }, t('left.back'))),
    emergency(service.helplines),
  );
}

/** @param {{ service: Service }} props */
export function Removed({ service }) {
  return h(Page, {
    service,
    picture: 'door',
    title: t('removed.title'),
    'data-test': 'removed',
    lead: [p(null, t('removed.body')), p(null, questions(service))],
    actions: callThem(service),
  });
}

/** The consent is withdrawn: what follows from it, and that nothing bad does. @param {{ service: Service }} props */
export function Withdrawn({ service }) {
  return h(Page, {
    service,
    picture: 'check',
    title: t('withdrawn.title'),
    'data-test': 'withdrawn',
    lead: [p(null, t('withdrawn.body')), p(null, questions(service))],
    actions: callThem(service),
  });
}

/** @param {{ service: Service, onBack?: () => void }} props */
export function Replaced({ service, onBack }) {
  return h(Page, {
    service,
    picture: 'copy',
    title: t('replaced.title'),
    'data-test': 'replaced',
    lead: p(null, t('replaced.body')),
    actions: onBack && secondary({ onClick: onBack, 'data-test': 'here' }, t('replaced.here')),
  });
}

/** Who helps at any hour: as the service says, else in Germany. @param {{ name: string, phone: string }[]} [own] */
function emergency(own = []) {
  /** @type {[string, string][]} */
  const numbers = own.length > 0 ? own.map(({ name, phone }) => [name, phone.replaceAll(' ', '\u00a0')]) : [
    [t('end.emergency.112'), '112'],
    [t('end.emergency.talk'), '0800\u00a0111\u00a00\u00a0111'],
    [t('end.emergency.women'), '116\u00a0016'],
    [t('end.emergency.young'), '116\u00a0111'],
  ];
  return section(
    { class: 'numbers', 'aria-labelledby': 'numbers' },
    h2({ id: 'numbers', class: 'numbers-title' }, t('end.emergency')),
    dl(
      null,
      numbers.map(([name, phone]) =>
        div({ key: name, class: 'number' }, dt(null, name), dd(null, a({ href: dial(phone), dir: 'ltr' }, phone))),
      ),
    ),
  );
}
