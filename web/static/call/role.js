/** As what somebody takes part, and what follows from it. Pure. */

/** Whether one may admit and moderate by this role. @param {import('./types.js').Role | undefined} role */
export const mayModerate = (role) => role === 'counsellor' || role === 'co-counsellor';

/** Whether somebody may, by the role or because moderation is lent. @param {{ role: import('./types.js').Role, lent?: boolean }} person */
export const moderates = ({ role, lent }) => !!lent || mayModerate(role);
