/**
 * The small groups of a room: who is with whom, for everybody; and how they are formed, visited and ended, for those who moderate. Loaded where the room's policy has groups, or
 * once there are some, with its style sheet.
 *
 * **Everybody reads who hears him**: the group and its people, for as long as there are groups. **The way back is one click**, on every screen of who moderates.
 */
import { h, useRef, useState } from '../third_party/preact.js';
import { t } from '../i18n/i18n.js';
import { announce } from '../ui/announce.js';
import { primary, quiet, secondary } from '../ui/button.js';
import { tags } from '../ui/dom.js';
import { icon } from '../ui/icon.js';
import { notice } from '../ui/notice.js';
import { dress } from '../ui/style.js';
import { useAction } from './action.js';
import { nameOf } from './names.js';
import { isModerator } from './staff.js';

const { bdi, div, h3, h4, li, option, p, section, select, span, ul } = tags;

/** @typedef {import('../call/call.js').Call} Call */
/** @typedef {import('../call/call.js').Member} Member */
/** @typedef {import('./names.js').Read} Read */

/** @param {Member} member 0: in the main room */
const groupOf = ({ group = 0 }) => group;

/** How many there can be. */
const [fewest, most] = [2, 8];

export const ready = () => dress(new URL('../style/groups.css', import.meta.url));

/** Why what is decided about groups may not be done. @type {import('./action.js').Refusals} */
const refusals = { not_found: 'room.failed.gone', not_allowed: 'room.groups.rule', wrong_state: 'room.groups.changed' };

/** @param {number} n 0 is the main room */
const groupName = (n) => (n === 0 ? t('group.main') : t('group.n', { n }));

/** In which group one is, who else is there, and the ways out of it. @param {{ call: Call, read: Read }} props */
export function GroupNotice({ call, read }) {
  const { groups = 0, held, paused } = call.room.value;
  const { error, run } = useAction({ words: refusals });
  if (!groups) return null;
  const n = call.group.value;
  const moderator = call.moderates.value;
  const here = call.members.value;
  const names = here.map((member) => nameOf(member, read)).join(', ');
  const calling = moderator ? call.everybody.value.filter((member) => member.hand && groupOf(member) !== n) : [];
  const alone = !moderator && !held && !paused && !here.some(isModerator) && call.hands.own.value === 0;
  return [
    notice(
      { tone: 'info', icon: 'people', live: true, 'data-test': 'group' },
      names ? t(n ? 'group.in' : 'group.main.in', { n, names }) : t(n ? 'group.in.alone' : 'group.main.alone', { n }),
      alone && secondary({ icon: 'hand', onClick: () => run(call.hands.raise(true)), 'data-test': 'group-call' }, t('group.call')),
      moderator && n > 0 && secondary({ icon: 'leave', onClick: () => run(call.moderation.enterGroup(0)), 'data-test': 'group-leave' }, t('room.groups.leave')),
      moderator && primary({ icon: 'people', onClick: () => run(recall(call)), 'data-test': 'recall' }, t('room.groups.recall')),
    ),
    calling.map((member) =>
      notice(
        { key: member.participant, tone: 'warn', icon: 'hand', live: true, 'data-test': 'group-calls' }, t('room.groups.calls', { name: nameOf(member, read), group: groupName(groupOf(member)) }),
        secondary({ icon: 'door', onClick: () => run(call.moderation.enterGroup(groupOf(member))), 'data-test': 'group-go' }, t('room.groups.visit')),
      ),
    ),
    error && notice({ tone: 'wrong', live: true }, error),
  ];
}

/** @param {Call} call */
const recall = (call) => call.moderation.recall().then(() => announce(t('room.groups.recalled')));

/** For who moderates, among the people of the room. @param {{ call: Call, read: Read }} props */
export function Groups({ call, read }) {
  const { groups = 0 } = call.room.value;
  const [forming, setForming] = useState(false);
  const heading = useRef(/** @type {HTMLHeadingElement | null} */ (null));
  const people = call.everybody.value.filter((member) => !isModerator(member));
  const { error, run } = useAction({ words: refusals });
  // What was pressed goes away; the keyboard must not go with it.
  const turn = (/** @type {boolean} */ on) => {
    setForming(on);
    setTimeout(() => heading.current?.focus());
  };
  return section(
    { class: 'panel-groups', 'aria-labelledby': 'groups-title', 'data-test': 'groups' },
    h3({ class: 'panel-groups-title', id: 'groups-title', tabIndex: -1, ref: heading }, icon('people'), t('room.groups')),
    error && notice({ tone: 'wrong', live: true }, error),
    groups > 0
      ? h(Running, { call, read, people, groups, run })
      : forming
        ? h(Forming, { call, read, people, onCancel: () => turn(false), onStart: (count, places) => run(call.moderation.divide(count, places).then(() => (turn(false), announce(t('room.groups.started'))))) })
        : people.length > 0
          ? quiet({ icon: 'people', class: 'panel-all', onClick: () => turn(true), 'data-test': 'groups-form' }, t('room.groups.form'))
          : p({ class: 'panel-none' }, t('room.groups.none')),
  );
}

/**
 * Who goes where, before it begins.
 * @param {{ call: Call, read: Read, people: Member[], onCancel: () => void, onStart: (groups: number, places: Record<string, number>) => void }} props
 */
function Forming({ call, read, people, onCancel, onStart }) {
  const [count, setCount] = useState(fewest);
  const [places, setPlaces] = useState(/** @type {Record<string, number>} */ ({}));
  const [missing, setMissing] = useState(false);
  // Who has come or gone meanwhile, or was in a group that there is not any more, is in the main room.
  const chosen = Object.fromEntries(people.map(({ participant }) => [participant, (places[participant] ?? 0) <= count ? (places[participant] ?? 0) : 0]));
  const start = () => (Object.values(chosen).some((group) => group > 0) ? onStart(count, chosen) : setMissing(true));
  return div(
    { class: 'groups-form' },
    div({ class: 'groups-count' }, span({ id: 'groups-count' }, t('room.groups.count')), choice({ value: count, from: fewest, to: most, label: 'groups-count', say: String, onChange: setCount, test: 'groups-count' })),
    secondary({ icon: 'refresh', onClick: () => setPlaces(call.moderation.spread(people.map(({ participant }) => participant), count)), 'data-test': 'groups-spread' }, t('room.groups.spread')),
    ul(
      { class: 'groups-people' },
      people.map((member) =>
        li(
          { key: member.participant, class: 'groups-person', 'data-person': member.participant }, bdi({ id: `groups-of-${member.participant}` }, nameOf(member, read)),
          choice({ value: chosen[member.participant], from: 0, to: count, label: `groups-of-${member.participant}`, say: groupName, onChange: (group) => setPlaces({ ...places, [member.participant]: group }), test: 'groups-place' }),
        ),
      ),
    ),
    p({ class: 'panel-none' }, t('room.groups.rest')),
    missing && !Object.values(chosen).some(Boolean) && notice({ tone: 'wrong', live: true }, t('room.groups.first')),
    primary({ icon: 'check', onClick: start, 'data-test': 'groups-start' }, t('room.groups.start')),
    quiet({ onClick: onCancel }, t('cancel')),
  );
}

/** Where everybody is, and what can be done about it. @param {{ call: Call, read: Read, people: Member[], groups: number, run: (doing: Promise<void>) => void }} props */
function Running({ call, read, people, groups, run }) {
  const own = call.group.value;
  const colleagues = call.everybody.value.filter(isModerator);
  return div(
    { class: 'groups-running' },
    Array.from({ length: groups + 1 }, (_, n) => {
      const inside = people.filter((member) => groupOf(member) === n);
      const beside = colleagues.filter((member) => groupOf(member) === n);
      return div(
        { key: n, class: 'groups-one', 'data-test': 'group-of', 'data-group': n },
        div(
          { class: 'groups-head' },
          h4({ class: 'groups-title', id: `group-${n}` }, groupName(n)),
          n === own
            ? span({ class: 'group-here' }, icon('check'), t('room.groups.here'))
            : quiet({ icon: n ? 'door' : 'leave', 'aria-label': n ? t('room.groups.visit.name', { n }) : undefined, onClick: () => run(call.moderation.enterGroup(n)), 'data-test': 'group-visit' }, t(n ? 'room.groups.visit' : 'room.groups.leave')),
        ),
        inside.length + beside.length === 0 && n !== own && p({ class: 'panel-none' }, t('room.groups.empty')),
        ul(
          { class: 'groups-people' },
          beside.map((member) => li({ key: member.participant, class: 'groups-person' }, bdi(null, nameOf(member, read)))),
          inside.map((member) =>
            li(
              { key: member.participant, class: 'groups-person', 'data-person': member.participant },
              span({ class: 'groups-name' }, bdi({ id: `groups-of-${member.participant}` }, nameOf(member, read)), member.hand ? span({ class: 'group-hand' }, icon('hand'), t('room.groups.hand')) : null),
              choice({
                value: n, from: 0, to: groups, label: `groups-of-${member.participant}`, say: groupName, test: 'groups-place',
                onChange: (group) => run(call.moderation.divide(groups, { [member.participant]: group })),
              }),
            ),
          ),
        ),
      );
    }),
    groups < most && quiet({ icon: 'people', class: 'panel-all', onClick: () => run(call.moderation.divide(groups + 1, {})), 'data-test': 'groups-more' }, t('room.groups.more')),
  );
}

/**
 * A number from a short list, drawn by the browser's own control.
 * @param {{ value: number, from: number, to: number, label: string, say: (n: number) => string, onChange: (n: number) => void, test: string }} props label: id of the words that say what it is
 */
function choice({ value, from, to, label, say, onChange, test }) {
  return div(
    { class: 'select group-choice' },
    select(
      { class: 'input', 'aria-labelledby': label, value: String(value), onChange: ({ currentTarget }) => onChange(Number(currentTarget.value)), 'data-test': test },
      Array.from({ length: to - from + 1 }, (_, i) => option({ key: i, value: String(from + i), selected: from + i === value }, say(from + i))),
    ),
    icon('down', 'select-arrow'),
  );
}
