/** What a network has to let through, as the server lists it (web/api/openapi.yaml, Network). */

/**
 * One transport to a node.
 * @typedef {object} Transport
 * @property {'pages' | 'media' | 'relay'} purpose
 * @property {'udp' | 'tcp'} protocol
 * @property {number} port
 * @property {string[]} addresses or host names
 * @property {boolean} tls
 * @property {'required' | 'better'} needed
 */

/**
 * @typedef {object} Node
 * @property {string} name
 * @property {string} url the address that people open, without a slash at the end
 * @property {Transport[]} transports
 */

/** Where the list is; without it there is nothing to test. */
export const listAt = '/.well-known/anteroom/nodes.json';

/**
 * Asks for the list, past every cache. Fails when what answers is not this server, such as a proxy's page of refusal.
 * @param {Pick<import('../call/env.js').Env, 'fetch'>} env
 * @param {AbortSignal} [signal]
 * @returns {Promise<Node[]>}
 */
export async function askNodes(env, signal) {
  const answer = await env.fetch(listAt, { cache: 'no-store', signal });
  if (!answer.ok) throw new Error(`the list of nodes: status ${answer.status}`);
  const { nodes } = await answer.json();
  if (!Array.isArray(nodes)) throw new Error('the list of nodes is none');
  return nodes;
}
