/** As what somebody takes part, and what follows from it. Pure. */

/** Whether one may admit and moderate by this role. @param {import('./types.js').Role | undefined} role */
export const mayModerate = (role) => role === 'counsellor' || role === 'co-counsellor';

/** Whether somebody does, as the server says: by the role, or because moderation is lent. Who is where, and who is counted, goes by this. @param {{ role: import('./types.js').Role, promoted?: boolean }} person */
export const isModerator = ({ role, promoted }) => !!promoted || mayModerate(role);

/** Whether somebody does, as far as the page believes it: by the role, or because lending it was signed. Who may say what goes by this. @param {{ role: import('./types.js').Role, lent?: boolean }} person */
export const moderates = ({ role, lent }) => !!lent || mayModerate(role);
