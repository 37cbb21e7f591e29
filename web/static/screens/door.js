/** What is typed before a link is looked at further: a code in its place, a PIN beside it. Few do, and nobody else waits for it. */
export { Code } from './code.js';
export { words } from './later.js';
export { Pin } from './pin.js';
