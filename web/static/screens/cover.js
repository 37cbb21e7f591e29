/** C8, C9: what stands before the stage while nobody is seen or heard: on hold, no counsellor, connection lost. The last picture is not shown. */
import { h, useState } from '../third_party/preact.js';
import { clock, t } from '../i18n/i18n.js';
import { linkButton, secondary } from '../ui/button.js';
import { tags } from '../ui/dom.js';
import { dial } from '../ui/frame.js';
import { icon } from '../ui/icon.js';
import { useNow } from './hooks.js';

const { div, h2, p } = tags;

/** After this a lost connection brings advice, after that a telephone number (milliseconds). */
const advise = 10_000;
const call = 30_000;

/**
 * @param {{
 *   state: 'held' | 'paused' | 'reconnecting', moderates?: boolean, decides?: boolean, consultation?: boolean, service: import('../ui/frame.js').Service, onSoundOnly: (() => void) | null,
 * }} props moderates: an incident was reported, or who moderates would not see it; decides: when it goes on; consultation: held because two who moderate speak; onSoundOnly: gives up one's own picture, where there is one
 */
export function Cover({ state, moderates = false, decides = true, consultation = false, service, onSoundOnly }) {
  return div(
    { class: 'call-cover', 'data-test': state },
    state === 'reconnecting' ? h(Reconnecting, { service, onSoundOnly, key: state }) : h(Hold, { state, moderates, decides, consultation, key: state }),
  );
}

/** @param {{ state: 'held' | 'paused', moderates: boolean, decides: boolean, consultation: boolean }} props */
function Hold({ state, moderates, decides, consultation }) {
  const [since] = useState(() => Date.now());
  const now = useNow(1000);
  return div(
    { class: 'call-cover-words' },
    div({ class: 'sheet-picture', 'aria-hidden': 'true' }, icon(state === 'held' ? 'pause' : 'wait')),
    h2(null, moderates ? t('incident.frozen') : state === 'held' ? t('held.title') : t('paused.title')),
    state === 'held' && consultation && !moderates && p(null, t('held.consult')),
    p({ class: 'call-cover-strong' }, state === 'held' ? t('held.body') : t('paused.body')),
    state === 'held' && p(null, moderates ? t(decides ? 'incident.frozen.how' : 'incident.frozen.others') : t('held.soon')),
    // Nobody is shown a clock for a moment; others who speak meanwhile are waited for with one.
    (now - since >= 60_000 || (state === 'held' && consultation)) && p({ class: 'call-clock' }, t('held.since', { time: clock(now - since) })),
  );
}

/** @param {{ service: import('../ui/frame.js').Service, onSoundOnly: (() => void) | null }} props */
function Reconnecting({ service, onSoundOnly }) {
  const [since] = useState(() => Date.now());
  const gone = useNow(1000) - since;
  const { phone } = service;
  return div(
    { class: 'call-cover-words' },
    div({ class: 'sheet-picture', 'aria-hidden': 'true' }, icon('refresh')),
    h2(null, t('reconnect.title')),
    p(null, t('reconnect.body')),
    gone >= 3_000 && p({ class: 'call-clock' }, t('reconnect.seconds', { n: Math.floor(gone / 1000) })),
    gone >= advise && p(null, t('reconnect.tips')),
    gone >= call && p(null, phone ? t('reconnect.phone', { phone }) : t('reconnect.nophone')),
    gone >= call && onSoundOnly && secondary({ icon: 'mic', onClick: onSoundOnly }, t('reconnect.audio')),
    gone >= call && phone && linkButton({ icon: 'phone', href: dial(phone) }, t('call.phone', { phone })),
  );
}
