/**
 * What every screen of a client has in the same place: the service's name at the start of the top line, the language at its end,
 * help with a telephone number at the foot. Between them stands one question and one main answer.
 */
import { h, useEffect, useRef } from '../third_party/preact.js';
import { language, setLanguage, t, varieties } from '../i18n/i18n.js';
import { announceNothing } from './announce.js';
import { tags, classes } from './dom.js';
import { icon } from './icon.js';

const { a, div, footer, h1, header, label, main, option, p, select, span } = tags;

/**
 * @typedef {object} Service
 * @property {string} name the counselling service's
 * @property {string} phone as people write it; empty where there is none
 * @property {string} [privacy] whom to tell of an incident
 * @property {string} [survey] the address of a questionnaire for the end
 * @property {{ name: string, phone: string }[]} [helplines] whom to call at any hour; none: those that the pages know
 * @property {boolean} [staff] the page is for those who work there, whom nobody sends to ask themselves
 */

/** A telephone number as a link may carry it. @param {string} phone */
export const dial = (phone) => `tel:${phone.replace(/[^+\d]/g, '')}`;

/** The service's mark and name. @param {{ service: Service }} props */
export function Brand({ service }) {
  return div({ class: 'brand' }, span({ class: 'brand-mark', 'aria-hidden': 'true' }, icon('door')), span({ class: 'brand-name' }, service.name));
}

/**
 * The choice of language, by the browser's own control, each language named in itself. What a counsellor or an office reads is written
 * in the plain languages alone; there a register is shown only while it is the one chosen.
 * @param {{ registers?: boolean }} props
 */
export function LanguageChoice({ registers }) {
  const offered = varieties.filter((one) => registers || !('of' in one) || one.code === language.value);
  return div(
    { class: 'language' },
    icon('globe'),
    label({ class: 'unseen', for: 'language' }, t('language.label')),
    select(
      {
        id: 'language',
        class: 'language-select',
        value: language.value,
        onChange: (event) => {
          const code = varieties.find((one) => one.code === event.currentTarget.value)?.code;
          if (code) setLanguage(code).catch(() => {});
        },
      },
      offered.map(({ code, name }) => option({ key: code, value: code, lang: code }, name)),
    ),
    icon('down', 'select-arrow'),
  );
}

/** Help, at the foot of every screen. @param {{ service: Service }} props */
function Help({ service }) {
  return service.phone
    ? a({ class: 'help', href: dial(service.phone) }, icon('phone'), span(null, t('help.phone', { phone: service.phone })))
    : p({ class: 'help' }, icon('info'), span(null, t('help.none')));
}

/**
 * A screen with one question. Its heading takes the focus when it appears, so that it is read out first.
 * @param {{
 *   service: Service, title: string, lead?: import('./dom.js').Children, children?: import('./dom.js').Children,
 *   actions?: import('./dom.js').Children, wide?: boolean, picture?: import('./icon.js').IconName, 'data-test'?: string,
 * }} props `actions`: the buttons at the end, the main one first; `picture`: a drawing above the heading
 */
export function Page({ service, title, lead, children, actions, wide, picture, 'data-test': handle }) {
  const heading = useRef(/** @type {HTMLHeadingElement | null} */ (null));
  useEffect(() => {
    announceNothing();
    heading.current?.focus({ preventScroll: true });
    window.scrollTo(0, 0);
  }, []);
  return div(
    { class: 'page' },
    header({ class: 'top' }, Brand({ service }), h(LanguageChoice, { registers: !service.staff })),
    main(
      { class: classes('sheet', wide && 'sheet-wide'), 'data-test': handle },
      picture && div({ class: 'sheet-picture', 'aria-hidden': 'true' }, icon(picture)),
      h1({ tabIndex: -1, ref: heading, class: 'sheet-title' }, title),
      lead && div({ class: 'sheet-lead' }, lead),
      children,
      actions && div({ class: 'actions' }, actions),
    ),
    footer({ class: 'foot' }, !service.staff && Help({ service })),
  );
}
