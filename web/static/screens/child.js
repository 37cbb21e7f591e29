/** The questions before a conversation, as they are put to a child. Loaded when the link says that one is asked. */
import { t } from '../i18n/i18n.js';
import { words } from './words.js';

export const ready = words;

/** What to know, and the answers. @returns {{ lines: [import('../ui/icon.js').IconName, string][], rule: string, yes: string, no: string }} */
export const asked = () => ({
  lines: [
    ['hand', t('child.voluntary')],
    ['shield', t('child.norecord')],
    ['lock', t('child.encrypted')],
    ['trash', t('child.deleted')],
    ['hangUp', t('child.hangup')],
  ],
  rule: t('child.rule'),
  yes: t('child.yes'),
  no: t('child.no'),
});
