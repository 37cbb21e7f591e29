/** The client's page: which screen stands for the step of the journey or the phase of the call. */
import { h, useEffect, useRef } from '../third_party/preact.js';
import { t } from '../i18n/i18n.js';
import { useLater } from './hooks.js';
import { Asking, Media } from './media.js';
import { Early, LinkInvalid, LinkRevoked, Loading, Trouble, Unsuitable } from './pages.js';
import { moderates } from './staff.js';
import { stepOf } from './state.js';
import { Consent, Refused, Welcome } from './welcome.js';
import { words } from './words.js';

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
  // Nobody is refused a camera, waits or is through with it before he has answered the questions, and so nobody waits for this.
  const outside = useLater(`${journey.step.value} ${phase}`, async () => {
    const [waiting, denied, after] = await Promise.all([import('./waiting.js'), import('./denied.js'), import('./after.js'), words()]);
    return { ...waiting, ...denied, ...after };
  });
  const typing = useLater(journey.step.value === 'code', () => Promise.all([import('./code.js'), words()]).then(([module]) => module));
  const step = stepOf(journey);
  const proof = useLater(journey.link.value?.pin && step, () => Promise.all([import('./pin.js'), words()]).then(([module]) => module));
  // A telephone number is not broken at the end of a line.
  const service = { ...house, phone: house.phone.replaceAll(' ', '\u00a0').replaceAll('-', '\u2011'), name: journey.link.value?.service || house.name };
  const onTap = () => sounds.unlock();

  const before = useRef(phase);
  const wasIn = useRef(false);
  if (before.current !== phase) {
    wasIn.current = before.current === 'call' && phase === 'waiting';
    before.current = phase;
  }
  const title = neutral ? t('title.neutral') : service.name ? `${t('app.title')} – ${service.name}` : t('app.title');
  useEffect(() => {
    // In the call of somebody who moderates the title carries the number of those who wait (knock.js).
    if (!call.moderates.value) document.title = title;
  }, [title, phase]);

  /** A screen of what is loaded later, as soon as it is there. @template T @param {T | 'failed' | null} parts @param {(parts: T) => any} screen */
  const shown = (parts, screen) => {
    if (parts === 'failed') return h(Trouble, { service, code: 'unavailable', onAgain: () => location.reload() });
    return parts ? screen(parts) : h(Loading, { service });
  };

  if (unsuitable !== 'ok') return h(Unsuitable, { service, why: unsuitable, address });
  switch (step) {
    case 'loading':
      return h(Loading, { service });
    case 'code':
      return shown(typing, ({ Code }) => h(Code, { service, journey }));
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
    case 'pin':
      return shown(proof, ({ Pin }) => h(Pin, { service, journey }));
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
      return shown(outside, ({ Denied }) => h(Denied, { service, journey, onTap }));
  }
  switch (phase) {
    case 'waiting':
      return shown(outside, ({ Waiting }) => h(Waiting, { service, journey, wasIn: wasIn.current }));
    case 'declined':
      return shown(outside, ({ Declined }) => h(Declined, { service, journey }));
    case 'call':
      return shown(inside, ({ CallScreen }) => h(CallScreen, { call, devices: journey.devices, service, sounds }));
    case 'ended':
      return shown(outside, ({ Ended }) => h(Ended, { service, call, staff: moderates(journey.link.value?.role) }));
    case 'left':
      return shown(outside, ({ Left }) => h(Left, { service, onBack: () => void journey.rejoin() }));
    case 'removed':
      return shown(outside, ({ Removed }) => h(Removed, { service }));
    case 'withdrawn':
      return shown(outside, ({ Withdrawn }) => h(Withdrawn, { service }));
    case 'replaced':
      return shown(outside, ({ Replaced }) => h(Replaced, { service, onBack: () => void journey.rejoin() }));
    case 'failed':
      return h(Trouble, { service, code: call.failure.value, onAgain: () => void journey.again() });
    default:
      // Looking again by itself changes nothing on the screen until it leads on.
      return journey.patient.value ? h(Trouble, { service, code: 'link_full', onAgain: () => {} }) : h(Loading, { service });
  }
}
