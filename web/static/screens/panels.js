/**
 * B6: who waits and who is here, for those who moderate.
 *
 * **The waiting room stands on top as a list and stays**: no message that goes away by itself. **A button that just moved under
 * the finger does nothing**: for half a second after the list changed nobody can be let in by mistake.
 */
import { h, useEffect, useRef, useState } from '../third_party/preact.js';
import { clock, t, varieties } from '../i18n/i18n.js';
import { primary, secondary } from '../ui/button.js';
import { tags, classes } from '../ui/dom.js';
import { icon } from '../ui/icon.js';
import { notice } from '../ui/notice.js';
import { useAction } from './action.js';
import { useNow } from './hooks.js';
import { IncidentPart } from './incident.js';
import { invitePanel } from './invited.js';
import { refusals } from './moderation.js';
import { nameOf, roleOf } from './names.js';
import { fact, PeoplePanel } from './people.js';
import { Caller, standing, Told } from './queue.js';

export { ready } from './queue.js';

const { aside, bdi, div, h2, li, p, section, span, ul } = tags;

/** @typedef {import('../call/call.js').Call} Call */
/** @typedef {import('./names.js').Read} Read */

/** Milliseconds for which buttons of a list that changed do nothing. */
const guard = 500;

/**
 * @param {{
 *   call: Call, service: import('../ui/frame.js').Service, read: Read, people: boolean, invite: import('./invited.js').Invite | null, onClose: () => void, children?: any,
 * }} props people: on small screens, whether the second panel is open; invite: null where nobody can be invited from here; children: another panel
 */
export function Panels({ call, service, read, people, invite, onClose, children }) {
  const [inviting, setInviting] = useState(false);
  // The keyboard goes back to the button that opened it.
  const invited = () => {
    setInviting(false);
    setTimeout(() => /** @type {HTMLElement | null} */ (document.querySelector('.panel-people [data-test="invite"]'))?.focus());
  };
  return aside(
    { class: classes('panels', people && 'panels-open'), 'aria-label': t('room.people') },
    h(WaitingPanel, { call, read }),
    h(IncidentPart, { call, service }),
    // In the place of the people, whose list it makes longer.
    inviting && invite ? invitePanel(invite, invited) : h(PeoplePanel, { call, read, onInvite: invite && (() => setInviting(true)), onClose }),
    children,
  );
}

/** @param {string} key @returns {boolean} true from the change of `key` on, for as long as a mistaken press takes */
function useGuard(key) {
  const [seen, setSeen] = useState('');
  useEffect(() => {
    if (seen === key) return;
    const timer = setTimeout(() => setSeen(key), guard);
    return () => clearTimeout(timer);
  }, [key, seen]);
  return seen !== key;
}

/** @param {{ call: Call, read: Read }} props */
function WaitingPanel({ call, read }) {
  const waiting = call.waiting.value;
  const now = useNow(1000);
  const guarded = useGuard(waiting.map(({ participant }) => participant).join(' '));
  const heading = useRef(/** @type {HTMLHeadingElement | null} */ (null));
  const { error, run } = useAction({ words: refusals });
  // Whose answer is on its way: until it is there, a second press says the same again, and must not be heard as an error.
  const [answering, setAnswering] = useState(/** @type {string[]} */ ([]));
  const knocking = waiting.filter(({ state }) => state !== 'declined').length;

  /**
   * The pressed button goes away with its person; the keyboard must not go with it.
   * @param {string} participant @param {string} name @param {(participant: string) => Promise<void>} answer
   */
  const act = (participant, name, answer) => {
    if (guarded || answering.includes(participant)) return;
    heading.current?.focus();
    setAnswering((all) => [...all, participant]);
    const done = answer(participant).finally(() => setAnswering((all) => all.filter((one) => one !== participant)));
    // Somebody who does not wait any more was answered already, or has gone: the list says which.
    run(done.catch((reason) => (call.waiting.peek().some((one) => one.participant === participant) ? Promise.reject(reason) : undefined)), name);
  };

  return section(
    { class: classes('panel', 'panel-waiting', knocking > 0 && 'panel-alert', waiting.length === 0 && 'panel-idle'), 'aria-labelledby': 'waiting-title' },
    div(
      { class: 'panel-head' },
      h2({ class: 'panel-title', id: 'waiting-title', tabIndex: -1, ref: heading }, icon('door'), t('room.waiting')),
      waiting.length > 0 && span({ class: 'panel-count' }, t('room.waiting.count', { n: waiting.length })),
    ),
    error && notice({ tone: 'wrong', live: true }, error),
    waiting.length === 0 && p({ class: 'panel-none' }, t('room.waiting.none')),
    call.room.value.locked && p({ class: 'panel-locked', role: 'status', 'data-test': 'room-locked' }, icon('lock'), span(null, t('room.lock.note'))),
    waiting.length > 0 &&
      ul(
        { class: 'panel-list' },
        waiting.map((person) => {
          const name = nameOf(person, read);
          const { participant } = person;
          const still = guarded || answering.includes(participant) || undefined;
          return li(
            { key: participant, class: 'panel-item', 'data-test': 'waiting-item', 'data-person': participant, 'data-other-device': String(person.other_device) },
            p({ class: 'panel-name' }, bdi(null, name)),
            facts(person, name, now),
            person.other_device && notice({ tone: 'warn' }, t('room.other', { label: name })),
            h(Caller, { call, person, name }, div(
              { class: 'panel-buttons' },
              primary(
                {
                  icon: 'door',
                  'aria-label': t('room.admit.name', { label: name }),
                  'aria-disabled': still,
                  onClick: () => act(participant, name, call.moderation.admit),
                  'data-test': 'admit',
                },
                t('room.admit'),
              ),
              person.state !== 'declined' &&
                secondary(
                  {
                    'aria-label': t('room.decline.name', { label: name }),
                    'aria-disabled': still,
                    onClick: () => act(participant, name, call.moderation.decline),
                    'data-test': 'decline',
                  },
                  t('room.decline'),
                ),
            )),
          );
        }),
      ),
    h(Told, { call, read }),
  );
}

/** @param {import('../call/call.js').Waiter} person @param {string} name @param {number} now */
function facts(person, name, now) {
  const role = roleOf(person, name);
  return ul(
    { class: 'panel-facts' },
    fact('clock', t('room.waited', { time: clock(now - person.since) })),
    role && fact('person', role),
    fact(person.device, t(`room.device.${person.device}`)),
    fact(person.media === 'av' ? 'camera' : person.media === 'audio' ? 'mic' : 'ear', t(`room.media.${person.media}`)),
    person.lang && fact('globe', languageName(person.lang)),
    standing(person).map((one) => fact(...one)),
    person.forecast && fact(person.forecast === 'good' ? 'check' : 'warn', t(`room.line.${person.forecast}`), person.forecast === 'weak'),
    person.state === 'reconnecting' && fact('refresh', t('room.waiting.reconnecting')),
    person.state === 'declined' && fact('close', t('room.declined')),
  );
}

/** A language's name in itself. @param {string} code */
function languageName(code) {
  const ours = varieties.find((one) => one.code === code);
  if (ours) return ours.name;
  try {
    return new Intl.DisplayNames([code], { type: 'language' }).of(code) ?? code;
  } catch {
    return code;
  }
}
