/** C5: what to do when the browser, or the system, says no. */
import { h } from '../third_party/preact.js';
import { t } from '../i18n/i18n.js';
import { primary, quiet, secondary } from '../ui/button.js';
import { tags } from '../ui/dom.js';
import { Page } from '../ui/frame.js';
import { advice } from './advice.js';
import { steps } from './media.js';

const { p } = tags;

/** @typedef {import('../ui/frame.js').Service} Service */
/** @typedef {import('./journey.js').Journey} Journey */

/** @param {{ service: Service, journey: Journey, onTap: () => void }} props */
export function Denied({ service, journey, onTap }) {
  const { title, body, steps: todo } = advice(journey.trouble.value ?? 'unknown', journey.media, navigator);
  /** @param {import('./journey.js').MediaChoice} media */
  const answer = (media) => () => {
    onTap();
    void journey.choose(media);
  };
  return h(
    Page,
    {
      service,
      picture: journey.media === 'audio' ? 'micOff' : 'cameraOff',
      title: t(title),
      lead: p(null, t(body)),
      'data-test': 'denied',
      actions: [
        primary({ icon: 'refresh', onClick: answer(journey.media), 'data-test': 'retry' }, t('again')),
        // Without any device, asking for one of them alone leads nowhere.
        journey.media === 'av' && journey.trouble.value !== 'not_found' && secondary({ icon: 'mic', onClick: answer('audio'), 'data-test': 'media-audio' }, t('denied.audio')),
        quiet({ onClick: answer('none'), 'data-test': 'media-none' }, t('media.prompt.skip')),
      ],
    },
    todo.length > 0 && steps(todo),
  );
}
