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
import { Focus, keyOf, pageOf, perPage, perStrip, wantedFocus } from './layout.js';
import { nameOf, roleOf } from './names.js';

const { div, nav, p, span } = tags;

/** @typedef {import('../call/call.js').Call} Call */
/** @typedef {'top-start' | 'top-end' | 'bottom-start' | 'bottom-end'} Corner */

/** In the order in which "Move my own picture" goes round. @type {Corner[]} */
export const corners = ['top-end', 'bottom-end', 'bottom-start', 'top-start'];

/**
 * @param {{
 *   call: Call, devices: import('../call/devices.js').Devices, read: import('./names.js').Read, covered: boolean, showSelf: boolean,
 *   corner: Corner, onCorner: (corner: Corner) => void, speaker: boolean,
 * }} props covered: something stands before it, so nothing is seen; speaker: who speaks is to be large
 */
export function Stage({ call, devices, read, covered, showSelf, corner, onCorner, speaker }) {
  const members = call.members.value;
  const { dominant, speaking } = call.speaker.value;
  const { held, paused, pin } = call.room.value;
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
  const grab = useMemo(() => draggable(onCorner), [onCorner]);

  useEffect(() => (pages > 1 && !covered ? turning((step) => setPage(at.page + step)) : undefined), [pages, at.page, covered]);

  return div(
    {
      class: classes('stage', members.length === 0 ? 'stage-alone' : focus ? 'stage-focus' : pair ? 'stage-pair' : 'stage-group', pages > 1 && 'stage-paged'),
      'data-tiles': end - first + own,
      // What is covered is neither seen, heard by screen readers, nor reached by keyboard.
      'aria-hidden': covered ? 'true' : undefined,
    },
    h(Tile, {
      key: 'self',
      person: call.me.value?.participant,
      name: t('call.you'),
      stream: devices.preview.value,
      visible: !!devices.preview.value,
      audio: call.mic.value.state === 'on',
      video: call.cam.value.state === 'on',
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
        role: screen ? undefined : roleOf(member, name),
        stream: tile?.stream ?? null,
        visible: !covered && !!tile?.visible,
        audio: screen || member.audio,
        video: screen || member.video,
        thin: tile?.paused,
        declined: call.choice.value === 'sound',
        weak: !screen && call.lines.value.has(participant),
        speaking: !screen && member.audio && !held && !paused && speaking.includes(participant),
        reconnecting: member.connection === 'reconnecting',
        held: held || paused,
        hidden: !onPage.has(key),
        large: focus === key,
        pinned: chosen === key,
        onPin: pinnable ? () => setChosen(chosen === key ? null : key) : undefined,
        onBlocked: () => call.soundRefused(),
        unlocks: call.unlocks,
        attach: sizes.attach(key, focus === key || pair),
      });
    }),
    pages > 1 &&
      nav(
        { class: 'stage-pages', 'aria-label': t('stage.pages') },
        quiet({ icon: 'back', 'aria-disabled': at.page === 0 || undefined, onClick: () => setPage(Math.max(0, at.page - 1)), 'data-test': 'page-back' }, t('stage.page.back')),
        span({ 'aria-live': 'polite' }, t('stage.page', { n: at.page + 1, of: pages })),
        quiet({ icon: 'forward', 'aria-disabled': at.page === pages - 1 || undefined, onClick: () => setPage(Math.min(pages - 1, at.page + 1)), 'data-test': 'page-next' }, t('stage.page.next')),
      ),
    members.length === 0 && !covered && p({ class: 'stage-empty' }, t('call.alone')),
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

/**
 * How large each person's picture is shown, in physical pixels, told when it changed and the window has come to rest.
 */
class Sizes {
  /** @param {(views: import('../call/views.js').View[]) => void} tell */
  constructor(tell) {
    this.tell = tell;
    /** @type {Map<Element, string>} tiles by what they show, `participant/source` */
    this.people = new Map();
    /** What is looked at. @type {Set<string>} */
    this.stage = new Set();
    /** @type {Map<string, (element: HTMLElement) => () => void>} one function per person for ever, or every rendering would attach anew */
    this.attachments = new Map();
    this.covered = false;
    /** @type {ReturnType<typeof setTimeout> | undefined} */
    this.timer = undefined;
    this.observer = new ResizeObserver(() => this.soon());
  }

  /** @param {string} participant the tile's key @param {boolean} stage whether it is what is looked at */
  attach(participant, stage) {
    if (stage !== this.stage.has(participant)) {
      if (stage) this.stage.add(participant);
      else this.stage.delete(participant);
      this.soon();
    }
    let attach = this.attachments.get(participant);
    if (!attach) {
      attach = (element) => {
        this.people.set(element, participant);
        this.observer.observe(element);
        // The first picture tells its shape. Such events do not bubble, but they can be caught.
        const shaped = () => this.soon();
        element.addEventListener('resize', shaped, true);
        return () => {
          element.removeEventListener('resize', shaped, true);
          this.people.delete(element);
          this.attachments.delete(participant);
          this.observer.unobserve(element);
          this.soon();
        };
      };
      this.attachments.set(participant, attach);
    }
    return attach;
  }

  /** @param {boolean} covered */
  cover(covered) {
    if (covered === this.covered) return;
    this.covered = covered;
    this.soon();
  }

  soon() {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.now(), 100);
  }

  now() {
    const views = this.covered ? [] : [...this.people].map(([element, key]) => {
      const { width, height } = drawn(element);
      const fine = window.devicePixelRatio || 1;
      const [participant, source] = key.split('/');
      return {
        participant, source: /** @type {import('../call/types.js').Source} */ (source), stage: this.stage.has(key),
        width: Math.round(width * fine), height: Math.round(height * fine),
      };
    });
    this.tell(views.filter(({ width, height }) => width > 0 && height > 0));
  }

  close() {
    clearTimeout(this.timer);
    this.observer.disconnect();
  }
}

/**
 * How large the whole picture is drawn: larger than its tile where the tile cuts it, as an upright phone does with a wide picture.
 * @param {Element} tile
 */
function drawn(tile) {
  const { width, height } = tile.getBoundingClientRect();
  const video = tile.querySelector('video');
  if (!video?.videoHeight || getComputedStyle(video).objectFit !== 'cover') return { width, height };
  const ratio = video.videoWidth / video.videoHeight;
  return { width: Math.max(width, height * ratio), height: Math.max(height, width / ratio) };
}

/**
 * Lets a tile be drawn by finger or mouse to the nearest corner of the stage. (By keyboard: "Move my own picture" in the menu.)
 * @param {(corner: Corner) => void} onCorner
 */
function draggable(onCorner) {
  return (/** @type {HTMLElement} */ element) => {
    /** @type {{ x: number, y: number } | null} */
    let start = null;
    /** @param {PointerEvent} event */
    const down = (event) => {
      if (!element.dataset.corner) return;
      start = { x: event.clientX, y: event.clientY };
      element.setPointerCapture(event.pointerId);
      element.classList.add('tile-dragged');
    };
    /** @param {PointerEvent} event */
    const move = (event) => {
      if (start) element.style.setProperty('transform', `translate(${event.clientX - start.x}px, ${event.clientY - start.y}px)`);
    };
    const up = () => {
      if (!start) return;
      start = null;
      const box = element.getBoundingClientRect();
      const stage = element.parentElement?.getBoundingClientRect();
      element.style.removeProperty('transform');
      element.classList.remove('tile-dragged');
      if (!stage) return;
      const vertical = box.top + box.height / 2 < stage.top + stage.height / 2 ? 'top' : 'bottom';
      const atStart = (box.left + box.width / 2 < stage.left + stage.width / 2) === (direction.value === 'ltr');
      onCorner(`${vertical}-${atStart ? 'start' : 'end'}`);
    };
    element.addEventListener('pointerdown', down);
    element.addEventListener('pointermove', move);
    element.addEventListener('pointerup', up);
    element.addEventListener('pointercancel', up);
    return () => {
      element.removeEventListener('pointerdown', down);
      element.removeEventListener('pointermove', move);
      element.removeEventListener('pointerup', up);
      element.removeEventListener('pointercancel', up);
    };
  };
}
