/** Whether who has this role is one of the counselling service. @param {import('../call/call.js').Role | undefined} role */
export const moderates = (role) => role === 'counsellor' || role === 'co-counsellor';

/** Whether somebody moderates, as the server says: by the role, or because it is lent. @param {{ role: import('../call/call.js').Role, promoted?: boolean }} person */
export const isModerator = ({ role, promoted }) => !!promoted || moderates(role);
