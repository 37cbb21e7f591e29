/** C1, C3: who invites, what to know, and the consent. No permission is asked for here and nothing is used up. */
import { h, useState } from '../third_party/preact.js';
import { baseOf, day, language, t, time } from '../i18n/i18n.js';
import { linkButton, primary, quiet, secondary } from '../ui/button.js';
import { Dialog } from '../ui/dialog.js';
import { tags } from '../ui/dom.js';
import { dial, Page } from '../ui/frame.js';
import { icon } from '../ui/icon.js';
import { nameless } from '../ui/service.js';
import { useLater } from './hooks.js';

const { div, li, p, span, ul } = tags;

/** @typedef {import('../ui/frame.js').Service} Service */
/** @typedef {import('./journey.js').Journey} Journey */

/** @param {{ service: Service, journey: Journey }} props */
export function Welcome({ service, journey }) {
  const sound = journey.link.value?.sound_only;
  return h(
    Page,
    {
      service,
      picture: 'door',
      title: t(sound ? 'welcome.sound.title' : 'welcome.title'),
      lead: p(null, invited(service, journey.link.value?.starts_at, sound)),
      actions: [primary({ onClick: () => journey.next(), 'data-test': 'continue' }, t('next')), h(Privacy, null)],
    },
    facts([
      ['heart', t('welcome.easy')],
      ['cameraOff', t(sound ? 'welcome.sound.fact' : 'welcome.nothing')],
    ]),
  );
}

/** Who invites, and for when. A service without a name is not named. @param {Service} service @param {number} [starts] ms since 1970 @param {boolean} [sound] without pictures */
export function invited(service, starts, sound) {
  const when = starts && { date: day(starts), time: time(starts) };
  if (nameless(service)) return when ? t('welcome.body.nameless.at', when) : t(sound ? 'welcome.sound.nameless' : 'welcome.body.nameless');
  return when ? t('welcome.body.at', { service: service.name, ...when }) : t(sound ? 'welcome.sound.body' : 'welcome.body', { service: service.name });
}

/** Short lines, each with its picture. @param {[import('../ui/icon.js').IconName, string][]} lines */
export function facts(lines) {
  return ul(
    { class: 'facts' },
    lines.map(([picture, words]) =>
      li({ key: words, class: 'fact' }, span({ class: 'fact-picture' }, icon(picture)), span({ class: 'fact-words' }, words)),
    ),
  );
}

/** @param {{ service: Service, journey: Journey }} props */
export function Consent({ service, journey }) {
  const { phone } = service;
  const forChild = journey.link.value?.wording === 'child';
  const child = useLater(forChild, () => import('./child.js').then(async (module) => (await module.ready(), module)));
  if (forChild && !child) return h(Page, { service, picture: 'hand', title: t('loading') });
  // Where the simple words do not come, the usual ones are better than none.
  const own = ownWords(journey.link.value?.consent_text);
  if (child && child !== 'failed') return h(Asked, { service, journey, ...child.asked(), own });
  /** @type {[import('../ui/icon.js').IconName, string][]} */
  const lines = [
    ['hand', phone ? t('consent.voluntary.phone', { phone }) : t('consent.voluntary')],
    ['shield', t('consent.norecord')],
    ['lock', t('consent.encrypted')],
    ['trash', t('consent.deleted')],
    ['hangUp', t('consent.hangup')],
  ];
  const no = phone ? t('consent.no') : t('consent.decline');
  return h(Asked, { service, journey, lines, rule: t('consent.rule'), yes: t('consent.yes'), no, own });
}

/** The paragraphs of a service's own text in the language of the page, or in its usual register; none: there is no such text. @param {Record<string, string>} [texts] @returns {string[]} */
function ownWords(texts = {}) {
  const text = texts[language.value] ?? texts[baseOf(language.value)];
  return typeof text === 'string' ? text.split(/\n\s*\n/) : [];
}

/** @param {{ service: Service, journey: Journey, lines: [import('../ui/icon.js').IconName, string][], rule: string, yes: string, no: string, own: string[] }} props own: paragraphs in place of the lines */
function Asked({ service, journey, lines, rule, yes, no, own }) {
  const { phone } = service;
  return h(
    Page,
    {
      service,
      title: t('consent.title'),
      actions: [
        primary(
          { 'data-test': 'consent-yes', onClick: () => void journey.agree([...(own.length ? own : lines.map(([, words]) => words)), rule].join('\n')) },
          yes,
        ),
        secondary({ icon: phone ? 'phone' : undefined, onClick: () => journey.refuse(), 'data-test': 'consent-no' }, no),
        h(Privacy, null),
      ],
    },
    own.length ? div({ class: 'own-words', 'data-test': 'consent-own' }, own.map((words, n) => p({ key: n }, words))) : facts(lines),
    p({ class: 'notice notice-warn' }, icon('info'), span({ class: 'notice-words' }, rule)),
  );
}

/** "I would rather call": nothing was sent; the number, and a way back. @param {{ service: Service, journey: Journey }} props */
export function Refused({ service, journey }) {
  const { phone } = service;
  return h(Page, {
    service,
    picture: phone ? 'phone' : 'heart',
    title: t('consent.declined.title'),
    lead: p(null, t('consent.declined.body')),
    actions: [
      phone && linkButton({ kind: 'primary', icon: 'phone', href: dial(phone) }, t('call.phone', { phone })),
      quiet({ onClick: () => journey.back(), 'data-test': 'back' }, t('consent.declined.back')),
    ],
  });
}

/** What happens to one's data, in short, on the spot. */
function Privacy() {
  const [open, setOpen] = useState(false);
  return [
    quiet({ onClick: () => setOpen(true), 'data-test': 'privacy' }, t('privacy.link')),
    open &&
      h(
        Dialog,
        { title: t('privacy.title'), onClose: () => setOpen(false) },
        div(
          { class: 'facts' },
          facts([
            ['camera', t('privacy.media')],
            ['door', t('privacy.waiting')],
            ['key', t('privacy.tab')],
            ['shield', t('privacy.third')],
          ]),
        ),
        primary({ onClick: () => setOpen(false) }, t('close')),
      ),
  ];
}
