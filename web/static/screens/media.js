/** C4: how would you like to talk, and the browser's question. */
import { h } from '../third_party/preact.js';
import { t } from '../i18n/i18n.js';
import { secondary } from '../ui/button.js';
import { choice, choices } from '../ui/choice.js';
import { tags } from '../ui/dom.js';
import { Page } from '../ui/frame.js';
import { icon } from '../ui/icon.js';
import { notice } from '../ui/notice.js';
import { moderates } from './staff.js';

const { details, div, li, ol, p, span, summary } = tags;

/** @typedef {import('../ui/frame.js').Service} Service */
/** @typedef {import('./journey.js').Journey} Journey */

/**
 * What ten minutes cost, both ways together, in MB: pictures of the highest bit rates that they are sent at (call/encodings.js), and sound alone as
 * it is counted on the wire while both speak (test/browser/cost.test.js).
 */
const tenMinutes = { picture: 300, saver: 30, sound: 5 };

/** @param {{ service: Service, journey: Journey, onTap: () => void }} props onTap: the tap that lets the page make sounds */
export function Media({ service, journey, onTap }) {
  /** @param {import('./journey.js').MediaChoice} media */
  const answer = (media) => () => {
    onTap();
    void journey.choose(media);
  };
  const sound = journey.link.value?.sound_only;
  // Who moderates does not wait.
  const enters = moderates(journey.link.value?.role);
  return h(
    Page,
    { service, title: t('media.title'), lead: p(null, t(sound ? (enters ? 'media.sound.now' : 'media.sound.later') : enters ? 'media.now' : 'media.later')) },
    choices(
      t('media.title'),
      !sound && choice({
        icon: 'camera', second: 'mic', title: t('media.av'), note: t('media.av.note'), first: true,
        onClick: answer('av'), 'data-test': 'media-av',
      }),
      choice({ icon: 'mic', title: t('media.audio'), note: t(sound ? 'media.sound.note' : 'media.audio.note'), first: sound, onClick: answer('audio'), 'data-test': 'media-audio' }),
      choice({ icon: 'ear', title: t('media.none'), note: t(sound ? 'media.sound.none' : 'media.none.note'), onClick: answer('none'), 'data-test': 'media-none' }),
    ),
    details(
      { class: 'fold', 'data-test': 'data' },
      summary(null, t('media.data'), icon('down')),
      sound
        ? div({ class: 'fold-body' }, p(null, t('media.sound.data', tenMinutes)))
        : div({ class: 'fold-body' }, p(null, t('media.data.picture', tenMinutes)), p(null, t('media.data.saver', tenMinutes)), p(null, t('media.data.sound', tenMinutes)), p(null, t('media.data.change'))),
    ),
  );
}

/** While the browser asks: what its question looks like and which answer is meant. @param {{ service: Service, journey: Journey }} props */
export function Asking({ service, journey }) {
  const sound = journey.media === 'audio';
  const unanswered = journey.devices.state.value === 'unanswered';
  return h(
    Page,
    {
      service,
      title: t('media.prompt.title'),
      lead: p(null, sound ? t('media.prompt.audio') : t('media.prompt.av')),
      actions: unanswered && secondary({ onClick: () => void journey.choose('none'), 'data-test': 'media-none' }, t('media.prompt.skip')),
    },
    div(
      { class: 'ask', 'aria-hidden': 'true' },
      p({ class: 'ask-caption' }, t('media.prompt.like')),
      div({ class: 'ask-line' }, icon('mic'), t('device.mic')),
      !sound && div({ class: 'ask-line' }, icon('camera'), t('device.camera')),
      div(
        { class: 'ask-buttons' },
        span({ class: 'ask-button' }, t('media.prompt.deny')),
        span({ class: 'ask-button ask-button-meant' }, t('media.prompt.allow')),
      ),
    ),
    unanswered && notice({ icon: 'info', live: true }, t('media.prompt.slow')),
  );
}

/** Steps to follow, numbered. @param {import('../i18n/i18n.js').Key[]} keys */
export function steps(keys) {
  return ol({ class: 'steps' }, keys.map((key) => li({ key, class: 'step' }, span({ class: 'step-words' }, t(key)))));
}
