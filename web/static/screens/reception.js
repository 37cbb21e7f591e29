/** C6: what who waits may do besides waiting: say whether he is alone and what he would like to be called, write to the counsellor, withdraw his consent. None of it has to be done. Loaded while he waits. */
import { h, useState } from '../third_party/preact.js';
import { t } from '../i18n/i18n.js';
import { quiet, secondary } from '../ui/button.js';
import { tags } from '../ui/dom.js';
import { icon } from '../ui/icon.js';
import { notice } from '../ui/notice.js';
import { dress } from '../ui/style.js';
import { useAction } from './action.js';
import { NoteForm, NoteList } from './notes.js';
import { nameLabel, OwnName, ruleOf } from './own_name.js';
import { WithdrawDialog } from './withdraw.js';
import { words } from './words.js';

const { bdi, div, h2, p, section } = tags;

/** @typedef {{ call: import('../call/call.js').Call }} Props */

export const ready = () => Promise.all([words(), dress(new URL('../style/reception.css', import.meta.url))]);

/** What was written, both ways. @param {Props} props */
export function Written({ call }) {
  const reception = call.reception.value;
  return reception && h(NoteList, { reception, notes: reception.stay.value.notes, own: 'person' });
}

/** @param {Props} props */
export function Besides({ call }) {
  const reception = call.reception.value;
  const [writing, setWriting] = useState(false);
  const unsealed = reception?.unsealed.value ?? true;
  return [
    reception && div(
      { class: 'wait-besides' },
      h(Company, { reception }),
      div(
        { class: 'wait-says' },
        h(Called, { call }),
        writing
          ? h(NoteForm, { reception, unsealed, label: t('note.label'), autoFocus: true, onWrite: (text) => reception.write(text, unsealed) })
          : secondary({ icon: 'chat', onClick: () => setWriting(true), 'data-test': 'note-open' }, t('note.open')),
      ),
    ),
    call.consentAsked.value && h(WithdrawButton, { call }),
  ];
}

/** "Are you alone?" Whoever does not answer waits as well. @param {{ reception: import('../call/reception.js').Reception }} props */
function Company({ reception }) {
  const { company } = reception.stay.value;
  const { error, run } = useAction({ words: { too_fast: 'note.fast' } });
  /** @param {'alone' | 'accompanied'} answer @param {import('../ui/icon.js').IconName} picture */
  const card = (answer, picture) =>
    secondary({ icon: company === answer ? 'check' : picture, 'aria-pressed': company === answer, onClick: () => run(reception.say(answer)), 'data-test': `company-${answer}` }, t(`company.${answer}`));
  return section(
    { class: 'company', 'aria-labelledby': 'company-title' },
    h2({ id: 'company-title', class: 'company-title' }, icon('people'), t('company.title')),
    div({ class: 'company-answers' }, card('alone', 'person'), card('accompanied', 'people')),
    p({ class: 'company-note' }, t('company.note')),
    error && notice({ tone: 'wrong', live: true }, error),
  );
}

/** What the person wants to be called by those who are in, where the policy asks at all. Nobody reads it before the person is in. @param {Props} props */
function Called({ call }) {
  const [asking, setAsking] = useState(false);
  const rule = ruleOf(call);
  const name = call.confidence.name.value;
  if (rule === 'none') return null;
  return [
    div(
      { class: 'called' },
      secondary({ icon: 'person', onClick: () => setAsking(true), 'data-test': 'own-name' }, nameLabel(rule)),
      name && p({ class: 'company-note', role: 'status', 'data-test': 'called-now' }, t('name.is'), ' ', bdi(null, name)),
    ),
    asking && h(OwnName, { call, onClose: () => setAsking(false) }),
  ];
}

/** @param {Props} props */
function WithdrawButton({ call }) {
  const [asking, setAsking] = useState(false);
  return [
    quiet({ icon: 'hand', class: 'wait-withdraw', onClick: () => setAsking(true), 'data-test': 'withdraw' }, t('withdraw')),
    asking && h(WithdrawDialog, { call, onClose: () => setAsking(false) }),
  ];
}
