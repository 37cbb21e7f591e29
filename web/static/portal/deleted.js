/** After a conversation was deleted while people were in it: what the server says of the deletion, as the page at the end of a call does. */
import { h } from '../third_party/preact.js';
import { t } from '../i18n/i18n.js';
import { Deletion } from '../screens/deleted.js';
import { PortalPage } from './frame.js';

/** @param {{ service: import('./frame.js').Service, signedIn: import('./frame.js').SignedIn, receipt: import('../call/receipt.js').Receipt, onBack: () => void }} props */
export const DeletedPage = ({ service, signedIn, receipt, onBack }) =>
  h(
    PortalPage,
    { service, signedIn, narrow: true, title: t('portal.deleted.title'), back: { label: t('room.list'), onClick: onBack }, 'data-test': 'room-deleted' },
    h(Deletion, { receipt, open: true, onClear: () => location.replace('about:blank') }),
  );
