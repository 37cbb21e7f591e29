/** The client's page: which screen stands for the step of the journey or the phase of the call. */
import { h, useEffect, useRef } from '../third_party/preact.js';
import { t } from '../i18n/i18n.js';
import { announceNow } from '../ui/announce.js';
import { useLater } from './hooks.js';
import { Asking, Denied, Media } from './media.js';
import { moderates } from './names.js';
import { Early, Ended, Left, LinkInvalid, LinkRevoked, Loading, Removed, Replaced, Trouble, Unsuitable, Withdrawn } from './pages.js';
import { stepOf } from './state.js';
import { Consent, Refused, Welcome } from './welcome.js';

/**
 * @param {{
 *   journey: import('./journey.js').Journey, service: import('../ui/frame.js').Service, sounds: import('./sounds.js').Sounds,
 *   unsuitable: import('./browser.js').Suitability, address: string, neutral: boolean,
 * }} props address: the person's whole link, to be copied into a browser that can; neutral: the title says nothing of counselling
 */
export function Client({ journey, service: house, sounds, unsuitable, address, neutral }) {
  const { call } = journey;
  const phase = call.phase.value;
  // It comes while the person reads and waits; what failed to come is tried again with each step.
  const inside = useLater(`${journey.step.value} ${phase}`, () => import('./call.js').then(async (module) => (await module.ready(), module)));
  // Nobody waits before he has answered the questions, and so nobody waits for this.
  const outside = useLater(`${journey.step.value} ${phase}`, () => import('./waiting.js'));
  const step = stepOf(journey);
  const door = useLater((step === 'code' || journey.link.value?.pin) && step, () => import('./door.js').then(async (module) => (await module.words(), module)));
  // A telephone number is not broken at the end of a line.
  const service = { ...house, phone: house.phone.replaceAll(' ', '\u00a0'), name: journey.link.value?.service || house.name };
  const onTap = () => sounds.unlock();

  const before = useRef(phase);
  const wasIn = useRef(false);
  if (before.current !== phase) {
    wasIn.current = before.current === 'call' && phase === 'waiting';
    before.current = phase;
  }
  useEffect(() => {
    if (phase === 'ended') announceNow(t('end.title'));
  }, [phase]);
  const title = neutral ? t('title.neutral') : service.name ? `${t('app.title')} – ${service.name}` : t('app.title');
  useEffect(() => {
    // In the call of somebody who moderates the title carries the number of those who wait (knock.js).
    if (!call.moderates.value) document.title = title;
  }, [title, phase]);

  if (unsuitable !== 'ok') return h(Unsuitable, { service, why: unsuitable, address });
  switch (step) {
    case 'loading':
      return h(Loading, { service });
    case 'invalid':
      return h(LinkInvalid, { service });
    case 'revoked':
      return h(LinkRevoked, { service });
    case 'early':
      return h(Early, { service, journey });
    case 'unreachable':
      return h(Trouble, { service, code: 'unavailable', onAgain: () => void journey.again() });
    case 'welcome':
      return h(Welcome, { service, journey });
    case 'code':
    case 'pin':
      if (door === 'failed') return h(Trouble, { service, code: 'unavailable', onAgain: () => location.reload() });
      return door ? h(step === 'code' ? door.Code : door.Pin, { service, journey }) : h(Loading, { service });
    case 'unsealed':
      return h(Unsuitable, { service, why: 'unsealed', address });
    case 'consent':
      return h(Consent, { service, journey });
    case 'refused':
      return h(Refused, { service, journey });
    case 'media':
      return h(Media, { service, journey, onTap });
    case 'asking':
      return h(Asking, { service, journey });
    case 'denied':
      return h(Denied, { service, journey, onTap });
  }
  switch (phase) {
    case 'waiting':
    case 'declined':
      if (outside === 'failed') return h(Trouble, { service, code: 'unavailable', onAgain: () => location.reload() });
      if (!outside) return h(Loading, { service });
      return phase === 'waiting' ? h(outside.Waiting, { service, journey, wasIn: wasIn.current }) : h(outside.Declined, { service, journey });
    case 'call':
      if (inside === 'failed') return h(Trouble, { service, code: 'unavailable', onAgain: () => location.reload() });
      return inside ? h(inside.CallScreen, { call, devices: journey.devices, service, sounds }) : h(Loading, { service });
    case 'ended':
      return h(Ended, { service, call, staff: moderates(journey.link.value?.role) });
    case 'left':
      return h(Left, { service, onBack: () => void journey.rejoin() });
    case 'removed':
      return h(Removed, { service });
    case 'withdrawn':
      return h(Withdrawn, { service });
    case 'replaced':
      return h(Replaced, { service, onBack: () => void journey.rejoin() });
    case 'failed':
      return h(Trouble, { service, code: call.failure.value, onAgain: () => void journey.again() });
    default:
      // Looking again by itself changes nothing on the screen until it leads on.
      return journey.patient.value ? h(Trouble, { service, code: 'link_full', onAgain: () => {} }) : h(Loading, { service });
  }
}
