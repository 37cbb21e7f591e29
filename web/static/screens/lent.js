/**
 * What is said to a person to whom moderation is lent: what there is to be done now, and that it is over. Loaded when the call begins, with its words.
 *
 * **Nobody moderates without having been told**: it stays on the screen until it was read, and is read out.
 */
import { useEffect, useRef, useState } from '../third_party/preact.js';
import { t } from '../i18n/i18n.js';
import { secondary } from '../ui/button.js';
import { notice } from '../ui/notice.js';

/** @param {{ call: import('../call/call.js').Call }} props */
export function LentNotice({ call }) {
  const lent = call.lent.value;
  const before = useRef(lent);
  const [news, setNews] = useState(/** @type {'lent' | 'over' | null} */ (lent ? 'lent' : null));
  useEffect(() => {
    if (before.current === lent) return;
    before.current = lent;
    setNews(lent ? 'lent' : 'over');
    // What was in the panels is gone with them; the keyboard must not be lost.
    if (!lent && document.activeElement === document.body) /** @type {HTMLElement | null} */ (document.querySelector('.call-top h1'))?.focus({ preventScroll: true });
  }, [lent]);
  if (!news) return null;
  return notice(
    { key: news, icon: 'people', live: true, 'data-test': news === 'lent' ? 'lent' : 'lent-over' },
    t(news === 'lent' ? 'lent.now' : 'lent.over'),
    secondary({ icon: 'check', onClick: () => setNews(null), 'data-test': 'lent-read' }, t('lent.read')),
  );
}
