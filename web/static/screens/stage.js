/**
 * Everybody in the call.
 *
 * **Tiles keep their order in the page** (one's own first, the others as they joined) and are placed by style alone, because a
 * video that is moved in the page stops. **The server is told how large each picture is shown**, so that it sends no more.
 */
import { h, useEffect, useMemo, useState } from '../third_party/preact.js';
import { direction, t } from '../i18n/i18n.js';
import { quiet } from '../ui/button.js';
import { classes, tags } from '../ui/dom.js';
import { Tile } from '../ui/tile.js';
import { draggable } from './drag.js';
import { Focus, keyOf, pageOf, perPage, perStrip, wantedFocus } from './layout.js';
import { nameOf, roleOf } from './names.js';
import { Sizes } from './sizes.js';

const { div, nav, p, span } = tags;

/** @typedef {import('../call/call.js').Call} Call */
/** @typedef {import('./drag.js').Corner} Corner */

/**
 * @param {{
 *   call: Call, devices: import('../call/devices.js').Devices, read: import('./names.js').Read, covered: boolean, showSelf: boolean,
 *   corner: Corner, onCorner: (corner: Corner) => void, speaker: boolean,
 * }} props covered: something stands before it, so nothing is seen; speaker: who speaks is to be large
 */
export function Stage({ call, devices, read, covered, showSelf, corner, onCorner, speaker }) {
  const members = call.members.value;
  const { dominant, speaking } = call.speaker.value;
  const { held, paused, pin, sound_only: sound } = call.room.value;
  const { state: lock, who } = call.confidence.lock.value;
  const [chosen, setChosen] = useState(/** @type {string | null} */ (null));
  const [page, setPage] = useState(0);
  const shown = members.flatMap(({ participant, screen }) => [
    { participant, source: /** @type {const} */ ('camera') },
    ...(screen ? [{ participant, source: /** @type {const} */ ('screen') }] : []),
  ]);
  const focus = useFocus(wantedFocus({ shown, own: chosen, pinned: pin, speaker: speaker && members.length > 1, dominant }), shown.map(keyOf));
  const pair = members.length === 1 && !focus;
  const own = showSelf ? 1 : 0;
  const small = shown.map(keyOf).filter((key) => key !== focus);
  const { pages, first, end, ...at } = pageOf(small.length, page, (focus ? perStrip : perPage) - own);
  const onPage = new Set([focus, ...small.slice(first, end)]);
  // Of two people there is nothing to choose between.
  const pinnable = shown.length > 1;
  const sizes = useMemo(() => new Sizes((views) => call.setView(views)), [call]);
  useEffect(() => () => sizes.close(), [sizes]);
  useEffect(() => sizes.cover(covered), [sizes, covered]);
  const stage = focus ? [focus] : pair ? shown.map(keyOf) : [];
  useEffect(() => sizes.look(stage), [sizes, stage.join(' ')]);
  const grab = useMemo(() => draggable(onCorner), [onCorner]);

  useEffect(() => (pages > 1 && !covered ? turning((step) => setPage(at.page + step)) : undefined), [pages, at.page, covered]);

  return div(
    {
      class: classes('stage', members.length === 0 ? 'stage-alone' : focus ? 'stage-focus' : pair ? 'stage-pair' : 'stage-group', pages > 1 && 'stage-paged'),
      'data-tiles': end - first + own,
      // What is covered is neither seen, heard by screen readers, nor reached by keyboard.
      'aria-hidden': covered ? 'true' : undefined,
      inert: covered,
    },
    h(Tile, {
      key: 'self',
      person: call.me.value?.participant,
      name: t(call.camReserved.value ? 'call.you.reserved' : 'call.you'),
      stream: devices.preview.value,
      visible: !!devices.preview.value,
      audio: call.mic.value.state === 'on',
      video: call.cam.value.state === 'on',
      pictureless: sound,
      hand: call.hands.own.value,
      self: true,
      mirrored: devices.facing.value === 'user',
      hidden: !showSelf,
      corner: pair ? corner : undefined,
      attach: grab,
    }),
    shown.map(({ participant, source }) => {
      const member = /** @type {import('../call/types.js').Member} */ (members.find((one) => one.participant === participant));
      const name = nameOf(member, read);
      const key = keyOf({ participant, source });
      const tile = call.tiles.value.find((one) => one.participant === participant && (one.source === 'screen') === (source === 'screen'));
      const screen = source === 'screen';
      return h(Tile, {
        key,
        person: participant,
        source,
        name: screen ? t('tile.screen', { name }) : name,
        role: screen ? undefined : member.video_reserved ? t('tile.reserved') : roleOf(member, name),
        stream: tile?.stream ?? null,
        visible: !covered && !!tile?.visible,
        audio: screen || member.audio,
        video: screen || member.video,
        pictureless: sound && !screen,
        thin: tile?.paused,
        declined: call.receiving.preference.value === 'sound',
        unsealed: lock === 'asked' || (lock === 'unable' && (who.length === 0 || who.includes(participant))),
        hand: screen ? 0 : call.hands.place(participant),
        weak: !screen && call.receiving.weakLines.value.has(participant),
        speaking: !screen && member.audio && !held && !paused && speaking.includes(participant),
        reconnecting: member.connection === 'reconnecting',
        interrupted: member.connection === 'interrupted',
        held: held || paused,
        hidden: !onPage.has(key),
        large: focus === key,
        pinned: chosen === key,
        onPin: pinnable ? () => setChosen(chosen === key ? null : key) : undefined,
        onBlocked: () => call.soundRefused(),
        unlocks: call.unlocks,
        attach: sizes.attach(key),
      });
    }),
    pages > 1 &&
      nav(
        { class: 'stage-pages', 'aria-label': t('stage.pages') },
        quiet({ icon: 'back', 'aria-disabled': at.page === 0 || undefined, onClick: () => setPage(Math.max(0, at.page - 1)), 'data-test': 'page-back' }, t('stage.page.back')),
        span({ 'aria-live': 'polite' }, t('stage.page', { n: at.page + 1, of: pages })),
        quiet({ icon: 'forward', 'aria-disabled': at.page === pages - 1 || undefined, onClick: () => setPage(Math.min(pages - 1, at.page + 1)), 'data-test': 'page-next' }, t('stage.page.next')),
      ),
    members.length === 0 && !covered && !call.room.value.groups && p({ class: 'stage-empty' }, t('call.alone')),
  );
}

/**
 * Turns pages by the arrow keys, unless they do something where the focus is.
 * @param {(step: 1 | -1) => void} turn @returns {() => void} ends it
 */
function turning(turn) {
  const pressed = (/** @type {KeyboardEvent} */ event) => {
    const at = /** @type {Element | null} */ (event.target);
    if (event.altKey || event.ctrlKey || event.metaKey || event.shiftKey || at?.closest('input, select, textarea, dialog, [role="menu"]')) return;
    const forward = direction.value === 'ltr' ? 'ArrowRight' : 'ArrowLeft';
    if (event.key === forward) turn(1);
    else if (event.key === 'ArrowLeft' || event.key === 'ArrowRight') turn(-1);
  };
  addEventListener('keydown', pressed);
  return () => removeEventListener('keydown', pressed);
}

/**
 * Who is large now, with the calm of layout.js.
 * @param {{ key: string | null, asked: boolean }} wanted @param {string[]} there @returns {string | null}
 */
function useFocus(wanted, there) {
  const [focus] = useState(() => new Focus());
  const [, look] = useState(0);
  const wait = focus.settle(wanted, (key) => there.includes(key), Date.now());
  useEffect(() => {
    if (!wait) return;
    const timer = setTimeout(() => look((n) => n + 1), wait);
    return () => clearTimeout(timer);
  });
  return focus.key;
}
