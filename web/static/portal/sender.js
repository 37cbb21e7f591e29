/** Who invites: the service by its name, or while nobody has set that, the counsellor. */
import { t } from '../i18n/i18n.js';
import { notice } from '../ui/notice.js';
import { nameless } from '../ui/service.js';

/** @typedef {import('../ui/frame.js').Service} Service */

/** The service as invitations name it. @param {Service} service @param {string} counsellor as clients see the name @returns {Service} */
export const senderOf = (service, counsellor) => (nameless(service) ? { ...service, name: counsellor } : service);

/** What invitations lack until the operator sets it; null when all is there. @param {Service} service @returns {import('../i18n/i18n.js').Key | null} */
export function lacking(service) {
  if (nameless(service)) return service.phone ? 'portal.service.name' : 'portal.service.both';
  return service.phone ? null : 'portal.service.phone';
}

/** @param {Service} service */
export function lackingNotice(service) {
  const key = lacking(service);
  return key && notice({ 'data-test': 'service-lacking' }, t(key));
}

/** Whether an address leads nowhere from another device. @param {string} origin */
export const onlyHere = (origin) => /^(localhost|.*\.localhost|127(\.\d+){3}|\[::1\])$/.test(new URL(origin).hostname);
