/** Giving a conversation to a stand-in, and what the stand-in is told of it. */
import { h, useEffect, useState } from '../third_party/preact.js';
import { t } from '../i18n/i18n.js';
import { showCode } from '../e2ee/code.js';
import { keyCode } from '../e2ee/handed.js';
import { announce } from '../ui/announce.js';
import { primary, quiet, secondary } from '../ui/button.js';
import { Dialog } from '../ui/dialog.js';
import { tags } from '../ui/dom.js';
import { Check, Select } from '../ui/field.js';
import { notice } from '../ui/notice.js';
import { cleanText } from '../ui/text.js';
import { PortalPage } from './frame.js';
import { useTask } from './task.js';

const { div, form, option, p } = tags;

/** @typedef {import('./rooms.js').Room} Room */
/** @typedef {import('./rooms.js').Rooms} Rooms */

/** The code of a public key, as people read it out; empty before it is there. @param {string} publicKey @returns {string} */
export function useKeyCode(publicKey) {
  const [code, setCode] = useState('');
  useEffect(() => {
    setCode('');
    if (publicKey) keyCode(publicKey).then((code) => setCode(showCode(code)), () => {});
  }, [publicKey]);
  return code;
}

/** To whom. @param {{ room: Room, rooms: Rooms, stays: boolean, onClose: () => void }} props stays: the policy lets the first stay */
export function HandOver({ room, rooms, stays, onClose }) {
  const [colleagues, setColleagues] = useState(/** @type {import('./rooms.js').Colleague[] | null} */ (null));
  const [chosen, setChosen] = useState('');
  const [keep, setKeep] = useState(false);
  const asking = useTask();
  const handing = useTask();
  useEffect(() => {
    void asking.run(async () => setColleagues(await rooms.colleagues()));
  }, [rooms]);
  const to = colleagues?.find(({ id }) => id === chosen) ?? colleagues?.[0];
  const error = asking.error || handing.error;
  const running = room.live.members > 0;
  return h(
    Dialog,
    { title: t('portal.handover.title'), onClose, 'data-test': 'hand-over-dialog' },
    p(null, t('portal.handover.body')),
    error && notice({ tone: 'wrong', live: true, 'data-test': 'hand-over-error' }, error),
    running && !error && notice({ tone: 'warn' }, t('portal.failed.running')),
    colleagues?.length === 0 && notice({ tone: 'info', 'data-test': 'hand-over-nobody' }, t('portal.handover.nobody')),
    form(
      {
        class: 'form',
        onSubmit: (event) => {
          event.preventDefault();
          if (to) void handing.run(() => rooms.handOver(room, to, keep && stays));
        },
      },
      to &&
        h(
          Select,
          { label: t('portal.handover.to'), value: to.id, onChange: (event) => setChosen(event.currentTarget.value), 'data-test': 'hand-over-to' },
          colleagues?.map(({ id, display_name }) => option({ key: id, value: id }, cleanText(display_name))),
        ),
      to && stays && h(Check, { label: t('portal.handover.keep'), hint: t('portal.handover.keep.hint'), checked: keep, onChange: (event) => setKeep(event.currentTarget.checked), 'data-test': 'hand-over-keep' }),
      div(
        { class: 'dialog-actions' },
        quiet({ onClick: onClose }, t('cancel')),
        to && primary({ type: 'submit', icon: 'people', 'aria-disabled': handing.busy || undefined, 'data-test': 'hand-over-yes' }, t('portal.handover.yes')),
      ),
    ),
  );
}

/** After it: whose it is now, and what to say to the colleague. @param {{ service: import('./frame.js').Service, signedIn: import('./frame.js').SignedIn, handed: import('./rooms.js').Handed, publicKey: string, onBack: () => void }} props */
export function HandedPage({ service, signedIn, handed: { to, kept, proves }, publicKey, onBack }) {
  const code = useKeyCode(proves ? publicKey : '');
  const name = cleanText(to);
  return h(
    PortalPage,
    {
      service, signedIn, narrow: true, title: t('portal.handed.title', { name }), 'data-test': 'handed', back: { label: t('room.list'), onClick: onBack },
      lead: [p(null, t('portal.handed.links')), p(null, kept ? t('portal.handed.kept') : t('portal.handed.gone'))],
    },
    proves
      ? div(
          { class: 'card' },
          p(null, t('portal.handed.say', { name })),
          p({ class: 'code-text', dir: 'ltr', 'data-test': 'key-code' }, code),
          p({ class: 'field-hint' }, t('portal.handed.why')),
        )
      : notice({ icon: 'key', 'data-test': 'handed-unproven' }, t('portal.handed.unproven')),
    div(null, primary({ icon: 'back', onClick: onBack, 'data-test': 'handed-done' }, t('room.list'))),
  );
}

/** For the stand-in: the conversation is handed over, and whether its secret is from the colleague. @param {{ room: Room, rooms: Rooms, texts: import('./texts.js').Texts }} props */
export function HandedNotice({ room, rooms, texts }) {
  const [from, setFrom] = useState('');
  const { busy, error, run } = useTask(() => announce(t('portal.handed.accepted')));
  useEffect(() => {
    setFrom('');
    if (room.wrapped_secret) texts.unwrap(room).then(({ from = '' }) => setFrom(from), () => {});
  }, [room.id, room.wrapped_secret]);
  const code = useKeyCode(from);
  if (!room.wrapped_secret) return notice({ tone: 'warn', icon: 'key', 'data-test': 'handed-closed' }, t('portal.handed.closed'));
  if (!from || !code) return null;
  return notice(
    { tone: 'warn', icon: 'key', 'data-test': 'handed-check' },
    t('portal.handed.check'),
    p({ class: 'code-text', dir: 'ltr', 'data-test': 'key-code' }, code),
    p(null, t('portal.handed.check.why')),
    error && p({ role: 'alert' }, error),
    secondary({ icon: 'check', 'aria-disabled': busy || undefined, onClick: () => void run(() => rooms.accept(room)), 'data-test': 'handed-accept' }, t('portal.handed.check.yes')),
  );
}
