/** B5: before the room: how to take part, who waits already, and what to do when the browser says no. */
import { h } from '../third_party/preact.js';
import { t } from '../i18n/i18n.js';
import { advice } from '../screens/advice.js';
import { steps } from '../screens/media.js';
import { primary, quiet, secondary } from '../ui/button.js';
import { choice, choices } from '../ui/choice.js';
import { tags } from '../ui/dom.js';
import { notice } from '../ui/notice.js';
import { PortalPage } from './frame.js';
import { roomName } from './list.js';

const { p } = tags;

/**
 * @param {{
 *   service: import('./frame.js').Service, signedIn: import('./frame.js').SignedIn, desk: import('./desk.js').Desk, texts: import('./texts.js').Texts,
 *   room: import('./rooms.js').Room | null, sounds: import('../screens/sounds.js').Sounds,
 * }} props
 */
export function Before({ service, signedIn, desk, texts, room, sounds }) {
  const step = desk.step.value;
  const back = { label: t('back'), onClick: () => desk.leave() };
  const waiting = room?.live.waiting ?? 0;
  /** @param {import('./desk.js').MediaChoice} media */
  const answer = (media) => () => {
    sounds.unlock();
    void desk.choose(media);
  };

  if (step === 'asking') {
    const unanswered = desk.devices.state.value === 'unanswered';
    return h(
      PortalPage,
      { key: step, service, signedIn, narrow: true, back, title: t('media.prompt.title'), lead: p(null, desk.media === 'audio' ? t('media.prompt.audio') : t('media.prompt.av')) },
      unanswered && notice({ icon: 'info', live: true }, t('media.prompt.slow')),
      unanswered && secondary({ onClick: answer('none') }, t('media.prompt.skip')),
    );
  }
  if (step === 'denied') {
    const { title, body, steps: todo } = advice(desk.problem.value ?? 'unknown', desk.media, navigator);
    return h(
      PortalPage,
      { key: step, service, signedIn, narrow: true, back, title: t(title), lead: p(null, t(body)), 'data-test': 'denied' },
      todo.length > 0 && steps(todo),
      tags.div(
        { class: 'actions' },
        primary({ icon: 'refresh', onClick: answer(desk.media), 'data-test': 'retry' }, t('again')),
        desk.media === 'av' && secondary({ icon: 'mic', onClick: answer('audio'), 'data-test': 'media-audio' }, t('denied.audio')),
        quiet({ onClick: answer('none'), 'data-test': 'media-none' }, t('media.prompt.skip')),
      ),
    );
  }
  return h(
    PortalPage,
    { key: step, service, signedIn, narrow: true, back, title: t('portal.before.title'), lead: room && p(null, tags.bdi(null, roomName(room, texts))) },
    waiting > 0 && notice({ tone: 'good', icon: 'door', live: true }, t('portal.before.waiting', { n: waiting })),
    choices(
      t('portal.before.title'),
      !room?.sound_only && choice({ icon: 'camera', second: 'mic', title: t('media.av'), note: t('media.av.note'), first: true, onClick: answer('av'), 'data-test': 'media-av' }),
      choice({ icon: 'mic', title: t('media.audio'), note: t(room?.sound_only ? 'media.sound.note' : 'media.audio.note'), first: room?.sound_only, onClick: answer('audio'), 'data-test': 'media-audio' }),
      choice({ icon: 'ear', title: t('media.none'), note: t(room?.sound_only ? 'media.sound.none' : 'media.none.note'), onClick: answer('none'), 'data-test': 'media-none' }),
    ),
    p({ class: 'field-hint' }, t('portal.before.note')),
  );
}
