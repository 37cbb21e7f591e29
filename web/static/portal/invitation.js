/** One person's invitation, in all its forms: the link, a text, a picture to photograph, a code to type, a letter. */
import { useEffect, useLayoutEffect, useState } from '../third_party/preact.js';
import { choose, t, wordsOf } from '../i18n/i18n.js';
import { linkCode, showCode } from '../e2ee/code.js';
import { announce } from '../ui/announce.js';
import { primary, secondary } from '../ui/button.js';
import { tags } from '../ui/dom.js';
import { qr } from '../ui/qr.js';
import { messageText } from './letter.js';

const { div, p } = tags;

/** @typedef {import('./letter.js').Letter} Letter */

/** How long a button says that it did it. */
const saidFor = 3_000;

/**
 * What there is of an invitation; what is not there yet, or cannot be shown here, is empty.
 * @typedef {object} Invitation
 * @property {string} link
 * @property {string} label whose it is
 * @property {string} code as people type it, where there is one
 * @property {Letter | null} letter
 */

/**
 * @param {{ secret: string, label: string, typed: boolean, lang: string, origin: string, starts_at?: number }} of secret: of the link; typed: it has a code; lang: of the person
 * @returns {Invitation}
 */
export function useInvitation({ secret, label, typed, lang: spoken, origin, starts_at }) {
  const [code, setCode] = useState('');
  useEffect(() => {
    setCode('');
    if (typed && secret) linkCode(secret).then((code) => setCode(showCode(code)), () => {});
  }, [typed && secret]);
  // Loaded before they are needed: Safari lets a page write to the clipboard only in the very task of the tap.
  const lang = choose(spoken);
  const [said, setSaid] = useState(/** @type {Pick<Letter, 'lang' | 'words'> | null} */ (null));
  useEffect(() => {
    wordsOf(lang).then((words) => setSaid({ lang, words }), () => {});
  }, [lang]);
  const link = secret && `${origin}/j#${secret}`;
  return { link, label, code, letter: said && link ? { ...said, link, code: code && { code, address: `${origin.replace(/^https:\/\//, '')}/code` }, starts_at } : null };
}

/**
 * Copies, and says so for a moment.
 * @param {Invitation} invitation @param {import('../ui/frame.js').Service} sender @param {() => void} onDenied browsers may not let a page write there
 */
export function useCopy({ link, letter }, sender, onDenied) {
  const [copied, setCopied] = useState(/** @type {'link' | 'text' | null} */ (null));
  useEffect(() => {
    if (!copied) return;
    const timer = setTimeout(() => setCopied(null), saidFor);
    return () => clearTimeout(timer);
  }, [copied]);
  /** @param {'link' | 'text'} what */
  const copy = async (what) => {
    try {
      await navigator.clipboard.writeText(what === 'text' && letter ? messageText(letter, sender) : link);
      setCopied(what);
      announce(what === 'link' ? t('portal.invite.copied') : t('portal.invite.text.copied'));
    } catch {
      onDenied();
    }
  };
  return { copied, copy };
}

/** Printed when it is in the page, and taken out when the print dialog is closed. @returns {[Letter | null, (letter: Letter) => void]} */
export function usePrint() {
  const [letter, setLetter] = useState(/** @type {Letter | null} */ (null));
  useLayoutEffect(() => {
    if (!letter) return;
    const done = () => setLetter(null);
    window.addEventListener('afterprint', done, { once: true });
    window.print();
    return () => window.removeEventListener('afterprint', done);
  }, [letter]);
  return [letter, setLetter];
}

/**
 * The link, large: to be photographed over the desk, or copied by hand; and the other ways to its person.
 * @param {{ invitation: Invitation, sender: import('../ui/frame.js').Service, onLetter: (letter: Letter) => void, onDone: () => void }} props
 */
export function Ways({ invitation, sender, onLetter, onDone }) {
  const { link, label, code, letter } = invitation;
  const { copied, copy } = useCopy(invitation, sender, () => {});
  return [
    div({ class: 'qr-frame' }, qr(link, t('portal.invite.qr.label', { label }))),
    p(null, t('portal.invite.qr.how')),
    p({ class: 'link-text', dir: 'ltr' }, link),
    code && p(null, t('portal.invite.code', { address: `${link.replace(/^https:\/\/|\/j#.*$/g, '')}/code` })),
    code && p({ class: 'code-text', dir: 'ltr', 'data-test': 'code-text' }, code),
    div(
      { class: 'dialog-actions' },
      !!navigator.clipboard && secondary({ icon: copied === 'link' ? 'check' : 'copy', onClick: () => void copy('link'), 'data-test': 'way-copy-link' }, copied === 'link' ? t('portal.invite.copied.short') : t('portal.invite.copy')),
      !!navigator.clipboard && letter && secondary({ icon: copied === 'text' ? 'check' : 'text', onClick: () => void copy('text'), 'data-test': 'way-copy-text' }, copied === 'text' ? t('portal.invite.copied.short') : t('portal.invite.text')),
      letter && secondary({ icon: 'print', onClick: () => onLetter(letter), 'data-test': 'way-print' }, t('portal.invite.print')),
      primary({ onClick: onDone, autoFocus: true, 'data-test': 'link-done' }, t('close')),
    ),
  ];
}
