/**
 * What a person shows at the door: the secret of a link, or what a typed code gives. One word for both, so that the tab keeps it, and all that asks
 * the server passes it on, without telling them apart.
 */
import { codeAuth, readCode } from '../e2ee/code.js';
import { linkAuth } from '../e2ee/keys.js';

const typed = 'code ';

/** @param {string} text as it was typed @returns {Promise<string | null>} null where it is no code; the code itself is not kept */
export async function entryByCode(text) {
  const code = readCode(text);
  return code && typed + (await codeAuth(code));
}

/** What is sent of it. @param {string} entry @returns {Promise<{ auth: string } | { code: string }>} */
export const shown = async (entry) => (entry.startsWith(typed) ? { code: entry.slice(typed.length) } : { auth: await linkAuth(entry) });

/** The link's secret; nothing where a code was typed, which has no half that proves who one is. @param {string | undefined} entry */
export const secretOf = (entry) => (entry?.startsWith(typed) ? undefined : entry);
