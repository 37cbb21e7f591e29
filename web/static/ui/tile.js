/**
 * One person in the call: a picture or what stands for it, the name on a solid plate, and in words whatever is not as usual.
 *
 * **The name is always readable**: on its own plate, never on the picture; what is said besides gives way to it on a small tile. **The picture shows only when it is this person's**:
 * until `visible` the plate stands over an empty tile.
 */
import { tags, classes } from './dom.js';
import { icon } from './icon.js';
import { initials } from './text.js';
import { t } from '../i18n/i18n.js';
import { h, useLayoutEffect, useRef, useState } from '../third_party/preact.js';
import { Video } from './video.js';

const { article, button, div, span, bdi, p } = tags;

/**
 * @typedef {object} TileProps
 * @property {string} [person] the participant's id, for `data-person`
 * @property {string} name cleaned
 * @property {'camera' | 'screen'} [source] a shared screen is shown whole
 * @property {string} [role] in words; left out where the name says it
 * @property {MediaStream | null} stream
 * @property {boolean} visible a frame of this person was decoded
 * @property {boolean} audio the person's sound is on
 * @property {boolean} video the person's picture is on
 * @property {boolean} [speaking]
 * @property {boolean} [thin] the picture is paused because one's own line is too thin for it
 * @property {boolean} [declined] the person chose to receive sound alone
 * @property {boolean} [unsealed] nothing can be sent between the two browsers, since one of them cannot encrypt
 * @property {number} [hand] the place of this person's hand among those that are up; 0 while it is down
 * @property {boolean} [weak] this person's line is weak
 * @property {boolean} [large] what the stage shows first
 * @property {boolean} [pinned] the person made it large
 * @property {() => void} [onPin] makes it large, or no longer
 * @property {boolean} [reconnecting]
 * @property {boolean} [interrupted] a telephone call, say, keeps the person from speaking and hearing
 * @property {boolean} [pictureless] there are no pictures of people here at all, and nothing is said of one
 * @property {boolean} [held] nobody's picture comes now: the room is held or paused
 * @property {boolean} [self] one's own picture: without sound
 * @property {boolean} [mirrored] a camera that looks at its person, as a mirror would
 * @property {boolean} [hidden] not shown, but there
 * @property {'top-start' | 'top-end' | 'bottom-start' | 'bottom-end'} [corner]
 * @property {() => void} [onBlocked] the browser refused to play the sound before a tap
 * @property {import('../third_party/preact.js').ReadonlySignal<number>} [unlocks] see Video
 * @property {(element: HTMLElement) => () => void} [attach] gets the element once, gives the way to let go of it
 */

/** @param {TileProps} props */
export function Tile(props) {
  const { person, name, role, stream, visible, audio, video, speaking, reconnecting, interrupted, held, self, mirrored, hidden, corner, onBlocked, unlocks, attach } = props;
  const { source = 'camera', pictureless, thin, declined, unsealed, hand, weak, large, pinned, onPin } = props;
  const element = useRef(/** @type {HTMLElement | null} */ (null));
  useLayoutEffect(() => (element.current ? attach?.(element.current) : undefined), [attach]);
  const shown = visible && video && !reconnecting && !thin && !declined;
  // One's own picture, where nobody else is, has the camera's shape (stage.css).
  const [ratio, setRatio] = useState(/** @type {number | null} */ (null));
  const instead = shown || pictureless ? null : why({ video, alone: self || reconnecting, held, declined, thin, unsealed });
  /** @type {[import('./icon.js').IconName, string][]} */
  const states = [];
  if (reconnecting) states.push(['refresh', t('tile.reconnecting')]);
  else {
    if (hand) states.push(['hand', t('tile.hand', { n: hand })]);
    if (interrupted) states.push(['wait', t('tile.interrupted')]);
    if (!audio) states.push(['micOff', t('tile.muted')]);
    if (speaking) states.push(['speaker', t('tile.speaking')]);
    if (weak) states.push(['warn', t('tile.weak')]);
  }
  return article(
    {
      class: classes('tile', shown && 'tile-shown', speaking && 'tile-speaking', self && 'tile-self', hidden && 'tile-hidden', large && 'tile-large', source === 'screen' && 'tile-screen'),
      'data-test': 'tile',
      'data-person': person,
      'data-source': source === 'screen' ? source : undefined,
      'data-paused': thin || undefined,
      'data-self': self || undefined,
      'data-corner': corner,
      'aria-label': [name, self ? '' : role, ...states.map(([, words]) => words), instead?.full].filter(Boolean).join(', '),
      style: self && ratio ? { '--ratio': ratio } : undefined,
      ref: element,
    },
    h(Video, { stream, muted: self, mirrored, label: self ? t('call.self') : t('call.picture', { name }), onBlocked, unlocks, onShape: self ? setRatio : undefined }),
    !shown &&
      div(
        { class: 'tile-empty', 'aria-hidden': 'true', title: instead?.full },
        div({ class: 'tile-initials' }, source === 'screen' ? icon('share') : (!self && initials(name)) || icon('person')),
        instead && p({ class: 'tile-instead' }, span({ class: 'tile-full' }, instead.full), span({ class: 'tile-short' }, icon(instead.icon), instead.short)),
      ),
    onPin && (pinned || !large) &&
      button(
        {
          type: 'button', class: 'tile-pin', 'aria-pressed': !!pinned, 'aria-label': t(pinned ? 'tile.unpin.name' : 'tile.pin.name', { name }), title: t(pinned ? 'tile.unpin' : 'tile.pin'),
          onClick: onPin, 'data-test': 'tile-pin',
        },
        span({ class: 'tile-pin-drawn' }, icon(pinned ? 'shrink' : 'enlarge')),
      ),
    div(
      { class: classes('plate', states.length > 1 && 'plate-several') },
      span({ class: classes('plate-name', name.length > 5 && 'plate-name-long') }, bdi(null, name), role && !self && span({ class: 'plate-role' }, role)),
      states.map(([picture, words]) => span({ key: picture, class: classes('plate-state', (picture === 'wait' || picture === 'hand') && 'plate-state-kept'), title: words }, icon(picture), picture === 'hand' && span({ class: 'plate-number', 'aria-hidden': 'true' }, hand), span({ class: 'plate-word' }, words))),
    ),
  );
}

/**
 * What one is told in place of a picture, in a sentence and in the two words that a small tile has room for; of one's own no more than that
 * it is off.
 * @param {{ video: boolean, alone?: boolean, held?: boolean, declined?: boolean, thin?: boolean, unsealed?: boolean }} state alone: there is nothing more to say
 * @returns {{ icon: import('./icon.js').IconName, full: string, short: string } | null}
 */
function why({ video, alone, held, declined, thin, unsealed }) {
  if (!video) return { icon: 'cameraOff', full: t('tile.nopicture'), short: t('tile.nopicture') };
  if (alone) return null;
  if (unsealed) return { icon: 'lock', full: t('tile.unsealed'), short: t('tile.unsealed.short') };
  if (held) return { icon: 'pause', full: t('tile.held'), short: t('tile.held') };
  if (declined) return { icon: 'speaker', full: t('tile.declined'), short: t('tile.declined.short') };
  if (thin) return { icon: 'pause', full: t('tile.thin'), short: t('tile.thin.short') };
  return { icon: 'wait', full: t('tile.loading'), short: t('tile.loading.short') };
}
