/** Whether who has this role is one of the counselling service. @param {import('../call/call.js').Role | undefined} role */
export const moderates = (role) => role === 'counsellor' || role === 'co-counsellor';
