/** What every page of the portal has in the same place: the service, the language, who is signed in; then a heading that takes the focus. */
import { h, useEffect, useRef } from '../third_party/preact.js';
import { t } from '../i18n/i18n.js';
import { useMedia } from '../screens/hooks.js';
import { quiet } from '../ui/button.js';
import { tags, classes } from '../ui/dom.js';
import { Brand, LanguageChoice } from '../ui/frame.js';
import { Menu } from '../ui/menu.js';
import { cleanText } from '../ui/text.js';

const { bdi, div, h1, header, main } = tags;

/** @typedef {import('../ui/frame.js').Service} Service */

/** Who is signed in, the way to the account, and the way out. @typedef {{ name: string, onAccount: () => void, onSignOut: () => void }} SignedIn */

/**
 * @param {{
 *   service: Service, signedIn?: SignedIn | null, title: string, lead?: import('../ui/dom.js').Children, back?: { label: string, onClick: () => void },
 *   head?: import('../ui/dom.js').Children, narrow?: boolean, print?: import('../ui/dom.js').Children, children?: import('../ui/dom.js').Children, 'data-test'?: string,
 * }} props head: buttons beside the heading; print: what comes on paper instead of the page
 */
export function PortalPage({ service, signedIn, title, lead, back, head, narrow, print, children, 'data-test': handle }) {
  const heading = useRef(/** @type {HTMLHeadingElement | null} */ (null));
  useEffect(() => {
    heading.current?.focus({ preventScroll: true });
    window.scrollTo(0, 0);
  }, []);
  // A phone has a line for all of it.
  const folded = useMedia('(max-width: 34rem)');
  const who = signedIn && cleanText(signedIn.name);
  return div(
    { class: 'portal' },
    header(
      { class: classes('portal-top', signedIn && folded && 'portal-top-folded') },
      h(Brand, { service }),
      signedIn && folded && h(Menu, {
        label: who || t('portal.signout'), icon: 'person', 'data-test': 'account',
        items: [
          { label: t('portal.account.title'), icon: 'key', onClick: signedIn.onAccount, test: 'to-account' },
          { label: t('portal.signout'), icon: 'leave', onClick: signedIn.onSignOut, test: 'signout' },
        ],
      }),
      signedIn && !folded && quiet(
        { icon: 'person', onClick: signedIn.onAccount, 'aria-label': `${t('portal.account.title')}: ${who}`, 'data-test': 'to-account' }, bdi(null, who)),
      signedIn && !folded && quiet({ icon: 'leave', onClick: signedIn.onSignOut, 'data-test': 'signout' }, t('portal.signout')),
      h(LanguageChoice, { registers: false }),
    ),
    main(
      { class: classes('portal-main', narrow && 'portal-narrow'), 'data-test': handle },
      back && div({ class: 'portal-back' }, quiet({ icon: 'back', onClick: back.onClick, 'data-test': 'back' }, back.label)),
      div({ class: 'portal-head' }, h1({ class: 'portal-title', tabIndex: -1, ref: heading }, title), head && div({ class: 'card-actions' }, head)),
      lead && div({ class: 'portal-lead' }, lead),
      children,
    ),
    print,
  );
}
