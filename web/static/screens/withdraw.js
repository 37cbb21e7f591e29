/** A consent is withdrawn, by one's own button or because somebody has said so: after a question, since it ends and deletes at once. */
import { h } from '../third_party/preact.js';
import { t } from '../i18n/i18n.js';
import { Ask } from '../ui/ask.js';
import { danger } from '../ui/button.js';
import { tags } from '../ui/dom.js';
import { useAction } from './action.js';
import { refusals } from './moderation.js';

const { p } = tags;

/** @typedef {import('../call/call.js').Call} Call */

/** One's own. Staying is what Enter does. @param {{ call: Call, onClose: () => void }} props */
export function WithdrawDialog({ call, onClose }) {
  return h(Question, { title: t('withdraw.title'), body: t('withdraw.body'), yes: t('withdraw.yes'), doing: () => call.moderation.withdraw(), onClose });
}

/** Somebody else's, as he has said it. @param {{ call: Call, participant: string, name: string, onClose: () => void }} props */
export function RecordDialog({ call, participant, name, onClose }) {
  return h(Question, { title: t('room.withdraw.title', { label: name }), body: t('room.withdraw.body'), yes: t('room.withdraw.yes'), doing: () => call.moderation.withdraw(participant), onClose });
}

/** @param {{ title: string, body: string, yes: string, doing: () => Promise<void>, onClose: () => void }} props */
function Question({ title, body, yes, doing, onClose }) {
  const { error, run } = useAction({ words: refusals, onDone: onClose });
  const answer = danger({ icon: 'trash', onClick: () => run(doing()), 'data-test': 'withdraw-yes' }, yes);
  return h(Ask, { title, error, yes: answer, onClose, 'data-test': 'withdraw-dialog' }, p(null, body));
}
