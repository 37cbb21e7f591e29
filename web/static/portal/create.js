/** B3: a new conversation: when, who, how often. Every field has an answer already; what the counsellor types is sealed in this browser. */
import { h, useEffect, useRef, useState } from '../third_party/preact.js';
import { baseOf, choose, languages, t, varieties } from '../i18n/i18n.js';
import { announce } from '../ui/announce.js';
import { primary, quiet, secondary } from '../ui/button.js';
import { tags } from '../ui/dom.js';
import { Check, Field, Select } from '../ui/field.js';
import { lockedLine } from '../ui/locked.js';
import { notice } from '../ui/notice.js';
import { failure, group, radios, useWrongField } from './form.js';
import { PortalPage } from './frame.js';
import { addedGuest, changed, changedGuest, droppedGuest, newGuest } from './guests.js';
import { Rules, labelHint, mayLend } from './rules.js';
import { nextWindow, windowOf } from './schedule.js';
import { usePolicies } from './use_policies.js';

const { div, form, option, span } = tags;

/** @typedef {import('./rooms.js').Guest} Guest */

/** Roles one can invite; counsellors have accounts. */
const roles = /** @type {const} */ (['client', 'companion', 'interpreter', 'specialist', 'co-counsellor']);

/** Whoever counsels reads the plain languages alone. @param {Guest['role']} role */
const counsels = (role) => role === 'co-counsellor';

/** To whom moderation can be lent in the call: never a client. */
const lendable = new Set(['companion', 'interpreter', 'specialist']);

/** Letters of a title and a label: sealed, they stay within the 512 bytes of PROTOCOL.md in every script. */
const longestTitle = 120;
const longestLabel = 80;
const mostGuests = 32;

/**
 * The fields for one person.
 * @param {{ guest: Guest, colleagues: boolean, lends: boolean, pins: import('./rules.js').PINRule, onChange: (patch: Partial<Guest>) => void, autoFocus?: boolean }} props colleagues: the room's policy lets others moderate; lends: moderation be handed on in the call; pins: what it says of PINs; onChange: with what is new alone; autoFocus: they appear because the counsellor asked for them
 */
export function GuestFields({ guest, colleagues, lends, pins, onChange, autoFocus }) {
  const row = useRef(/** @type {HTMLDivElement | null} */ (null));
  useEffect(() => {
    if (autoFocus) row.current?.querySelector('input')?.focus();
  }, []);
  // Whoever counsels is asked for no consent.
  const asked = guest.role !== 'co-counsellor';
  return [div(
    { class: 'form-row', ref: row },
    h(Field, {
      label: t('portal.new.label'), value: guest.label, maxLength: longestLabel, autocomplete: 'off',
      onInput: (event) => onChange({ label: event.currentTarget.value }), 'data-test': 'label',
    }),
    h(
      Select,
      {
        label: t('portal.new.role'), value: guest.role, 'data-test': 'role',
        onChange: (event) => {
          const role = roles.find((role) => role === event.currentTarget.value) ?? 'client';
          onChange({ role, ...(counsels(role) && { lang: baseOf(choose(guest.lang)) }), ...(!lendable.has(role) && { mayModerate: false }) });
        },
      },
      roles.filter((role) => colleagues || role !== 'co-counsellor' || role === guest.role).map((role) => option({ key: role, value: role }, t(`role.${role}`))),
    ),
    h(
      Select,
      { label: t('portal.new.lang'), value: guest.lang, onChange: (event) => onChange({ lang: event.currentTarget.value }), 'data-test': 'lang' },
      (counsels(guest.role) ? languages : varieties).map(({ code, name }) => option({ key: code, value: code, lang: code }, name)),
    ),
  ), asked && div(
    { class: 'form-row' },
    !guest.written &&
      h(
        Select,
        { label: t('portal.new.wording'), value: guest.child ? 'child' : 'plain', onChange: (event) => onChange({ child: event.currentTarget.value === 'child' }), 'data-test': 'wording' },
        option({ value: 'plain' }, t('portal.new.wording.plain')), option({ value: 'child' }, t('portal.new.wording.child')),
      ),
    h(Check, { label: t('portal.new.written'), hint: t('portal.new.written.hint'), checked: guest.written, onChange: (event) => onChange({ written: event.currentTarget.checked }), 'data-test': 'written' }),
    lends && lendable.has(guest.role) &&
      h(Check, { label: t('portal.new.lends'), hint: t('portal.new.lends.hint'), checked: guest.mayModerate, onChange: (event) => onChange({ mayModerate: event.currentTarget.checked }), 'data-test': 'may-moderate' }),
  ), pins === 'offered' && h(Check, { label: t('portal.pin.ask'), hint: t('portal.pin.ask.hint'), checked: guest.pin, onChange: (event) => onChange({ pin: event.currentTarget.checked }), 'data-test': 'pin-ask' })];
}

/**
 * @param {{
 *   service: import('./frame.js').Service, signedIn: import('./frame.js').SignedIn, rooms: import('./rooms.js').Rooms, now: number, onBack: () => void,
 *   onCreate: (wishes: import('./rooms.js').NewRoom) => Promise<void>,
 * }} props
 */
export function NewRoomPage({ service, signedIn, rooms, now, onBack, onCreate }) {
  const [title, setTitle] = useState('');
  const [timed, setTimed] = useState(/** @type {'at' | 'any'} */ ('at'));
  const [when, setWhen] = useState(() => nextWindow(now));
  const [kind, setKind] = useState(/** @type {'once' | 'series'} */ ('once'));
  const [sound, setSound] = useState(/** @type {'av' | 'sound'} */ ('av'));
  const next = useRef(1);
  const [guests, setGuests] = useState(() => [{ key: 0, guest: newGuest() }]);
  const [tried, setTried] = useState(false);
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState('');
  const fields = useRef(/** @type {HTMLFormElement | null} */ (null));
  const toWrong = useWrongField(fields);
  const policies = usePolicies(rooms);
  const [named, setNamed] = useState('');
  const policy = policies.find(({ name }) => name === named) ?? policies[0];
  const pins = policy?.columns.pin ?? 'off';
  const oneTime = policy?.columns.series === false;
  const colleagues = policy?.columns.co_counsellors !== false;
  const lends = mayLend(policy);
  const strangers = !colleagues && guests.some(({ guest }) => guest.role === 'co-counsellor');

  const range = windowOf(when);
  const noTime = timed === 'at' && !range;

  const submit = async () => {
    setTried(true);
    if (busy) return;
    if (noTime) return toWrong();
    if (strangers) return;
    setBusy(true);
    setError('');
    try {
      await onCreate({
        title: title.trim(), kind: oneTime ? 'once' : kind, when: timed === 'at' ? range : null, sound: sound === 'sound', guests: guests.map(({ guest }) => ({ ...guest, mayModerate: lends && guest.mayModerate, pin: guest.pin && pins === 'offered' })), policy: policy?.name,
      });
    } catch (reason) {
      setError(failure(reason));
      setBusy(false);
    }
  };

  const adder = useRef(/** @type {HTMLDivElement | null} */ (null));
  /** @param {number} dropped its button, which had the focus, goes with it */
  const drop = (dropped) => {
    setGuests(droppedGuest(dropped));
    adder.current?.querySelector('button')?.focus();
  };
  const add = () => {
    setGuests(addedGuest(next.current++));
    announce(t('portal.new.added'));
  };

  return h(
    PortalPage,
    { service, signedIn, title: t('portal.new.title'), back: { label: t('room.list'), onClick: onBack }, 'data-test': 'new' },
    form(
      {
        class: 'form',
        ref: fields,
        noValidate: true,
        onSubmit: (event) => {
          event.preventDefault();
          void submit();
        },
      },
      error && notice({ tone: 'wrong', live: true }, error),
      tried && strangers && notice({ tone: 'wrong', live: true }, t('portal.new.nocolleague')),
      group(
        t('portal.new.when'),
        radios({
          legend: t('portal.new.timed'), hidden: true, name: 'timed', value: timed, onChange: setTimed,
          options: [{ value: 'at', label: t('portal.new.at'), test: 'timed-at' }, { value: 'any', label: t('portal.new.now'), test: 'timed-any' }],
        }),
        timed === 'at' &&
          div(
            { class: 'form-row' },
            h(Field, {
              label: t('portal.new.date'), type: 'date', required: true, value: when.date, error: tried && noTime ? t('portal.new.notime') : null,
              onInput: (event) => setWhen(changed({ date: event.currentTarget.value })), 'data-test': 'date',
            }),
            h(Field, { label: t('portal.new.from'), type: 'time', required: true, value: when.from, onInput: (event) => setWhen(changed({ from: event.currentTarget.value })), 'data-test': 'from' }),
            h(Field, { label: t('portal.new.to'), type: 'time', required: true, value: when.to, onInput: (event) => setWhen(changed({ to: event.currentTarget.value })), 'data-test': 'to' }),
          ),
      ),
      group(
        t('portal.new.who'),
        guests.map(({ key, guest }, i) =>
          div(
            { key, class: 'guest', role: 'group', 'aria-label': t('portal.new.person', { n: i + 1 }) },
            guests.length > 1 &&
              div(
                { class: 'guest-head' },
                span({ 'aria-hidden': 'true' }, t('portal.new.person', { n: i + 1 })),
                quiet({ icon: 'trash', onClick: () => drop(key), 'aria-label': t('portal.new.drop.name', { n: i + 1 }), 'data-test': 'drop' }, t('portal.new.drop')),
              ),
            h(GuestFields, { guest, colleagues, lends, pins, autoFocus: key > 0, onChange: (patch) => setGuests(changedGuest(key, patch)) }),
          ),
        ),
        pins === 'required' && lockedLine(t('portal.pin.all'), t('portal.rule.by'), 'pin-required'),
        tags.p({ class: 'field-hint', 'data-test': 'label-hint' }, labelHint(policy)),
        div({ ref: adder }, guests.length < mostGuests && secondary({ icon: 'plus', onClick: add, 'data-test': 'add-person' }, t('portal.new.add'))),
      ),
      policy && group(policies.length > 1 ? t('portal.policy.which') : t('portal.policy.title'), h(Rules, { policies, chosen: policy, onChoose: setNamed })),
      group(
        t('portal.new.more'),
        h(Field, {
          label: t('portal.new.name'), hint: t('portal.new.name.hint'), value: title, maxLength: longestTitle, autocomplete: 'off',
          onInput: (event) => setTitle(event.currentTarget.value), 'data-test': 'title',
        }),
        radios({
          legend: t('portal.new.how'), name: 'how', value: sound, onChange: setSound,
          options: [{ value: 'av', label: t('portal.new.av'), test: 'how-av' }, { value: 'sound', label: t('portal.new.sound'), test: 'how-sound' }],
        }),
        oneTime
          ? lockedLine(t('portal.new.once'), t('portal.rule.by'), 'kind-locked')
          : radios({
              legend: t('portal.new.kind'), name: 'kind', value: kind, onChange: setKind,
              options: [
                { value: 'once', label: t('portal.new.once'), test: 'kind-once' },
                { value: 'series', label: policy?.columns.links_survive === false ? t('portal.new.series.anew') : t('portal.new.series'), test: 'kind-series' },
              ],
            }),
      ),
      div({ class: 'form-actions' }, primary({ type: 'submit', icon: 'check', 'aria-disabled': busy || undefined, 'data-test': 'create' }, t('portal.new.submit')), quiet({ onClick: onBack }, t('cancel'))),
    ),
  );
}
