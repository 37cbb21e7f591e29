/** The HTTP API: one request, one JSON answer, or a `Refused` with a code. */
import { Refused } from './protocol.js';

const answerWithin = 15_000;

/**
 * @param {Pick<import('./env.js').Env, 'fetch' | 'setTimeout' | 'clearTimeout'>} env
 * @param {'GET' | 'POST' | 'PUT' | 'DELETE'} method
 * @param {string} path below /api/v1, beginning with a slash
 * @param {object} [body]
 * @returns {Promise<any>} the answer; null where there is none
 * @throws {Refused} with the server's code; `unavailable` when it did not answer, or not as itself (a proxy's error page)
 */
export async function http(env, method, path, body) {
  const abort = new AbortController();
  const timer = env.setTimeout(() => abort.abort(), answerWithin);
  try {
    const answer = await env.fetch(`/api/v1${path}`, {
      method,
      headers: body === undefined ? {} : { 'Content-Type': 'application/json' },
      body: body === undefined ? undefined : JSON.stringify(body),
      signal: abort.signal,
      cache: 'no-store',
      credentials: 'same-origin',
    });
    if (answer.status === 204) return null;
    const said = await answer.json();
    if (answer.ok) return said;
    throw new Refused(typeof said?.code === 'string' ? said.code : 'unavailable', said);
  } catch (error) {
    throw error instanceof Refused ? error : new Refused('unavailable');
  } finally {
    env.clearTimeout(timer);
  }
}
