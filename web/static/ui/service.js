/** Whose pages these are, as far as somebody has said it. */

/** The name that a node has which nobody configured (`ServiceName` in cmd/internal/config). */
const shipped = 'Anteroom';

/** Whether nobody has named the service yet: the program's name would tell clients nothing. @param {import('./frame.js').Service} service */
export const nameless = ({ name }) => !name || name === shipped;
