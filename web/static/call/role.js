/** As what somebody takes part, and what follows from it. Pure. */

/** Whether one may admit and moderate by this role. @param {import('./types.js').Role | undefined} role */
export const mayModerate = (role) => role === 'counsellor' || role === 'co-counsellor';
