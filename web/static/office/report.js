/**
 * From what was found to what is to be opened.
 *
 * **Nothing is guessed**: what could not be tested is said to be so, and counts neither as open nor as closed.
 */

/** @typedef {import('./nodes.js').Node} Node */
/** @typedef {import('./nodes.js').Transport} Transport */

/** How a transport is tried: socket is the websocket, tls the relay within TLS. @typedef {'pages' | 'socket' | 'udp' | 'tcp' | 'tls'} Kind */

/** @typedef {'works' | 'blocked' | 'untested'} Result */

/**
 * One thing to try, and one line of the report.
 * @typedef {object} Check
 * @property {string} key unique in the report
 * @property {Node} node
 * @property {Transport} transport
 * @property {Kind} kind
 * @property {boolean} beyond whether a page of this origin may not try it at all
 */

/**
 * One rule for a firewall.
 * @typedef {object} Opening
 * @property {'udp' | 'tcp'} protocol
 * @property {number} port
 * @property {string[]} hosts
 * @property {Kind[]} kinds what does not come through
 * @property {boolean} required whether there are no calls without it
 * @property {boolean} inspected whether the node's pages come through at the same port: then something tells connections apart
 */

/**
 * How calls go from here: well, with something missing, not at all, or nobody knows.
 * @typedef {'good' | 'fair' | 'none' | 'unknown'} Verdict
 */

/** @param {Transport} transport @returns {Kind[]} */
function kindsOf({ purpose, protocol, tls }) {
  if (purpose === 'pages') return ['pages', 'socket'];
  return [protocol === 'udp' ? 'udp' : tls ? 'tls' : 'tcp'];
}

/** Everything there is to try. @param {Node[]} nodes @param {string} origin of this page @returns {Check[]} */
export function checksOf(nodes, origin) {
  return nodes.flatMap((node, i) => node.transports.flatMap((transport, k) => kindsOf(transport).map((kind) => ({
    key: `${i} ${k} ${kind}`, node, transport, kind, beyond: transport.purpose === 'pages' && node.url !== origin,
  }))));
}

/** What several addresses of one transport say together: one that is reached is enough. @param {Result[]} results @returns {Result} */
export function together(results) {
  return results.includes('works') ? 'works' : results.includes('blocked') ? 'blocked' : 'untested';
}

/**
 * @param {Check[]} checks
 * @param {Record<string, Result>} results by key
 * @returns {{ verdict: Verdict, untested: boolean, openings: Opening[] }} untested: whether another browser would know more
 */
export function report(checks, results) {
  const nodes = [...new Set(checks.map(({ node }) => node))];
  const untested = checks.some(({ key, beyond }) => !beyond && results[key] === 'untested');
  const openings = nodes.flatMap((node) => openingsOf(checks.filter((check) => check.node === node), results));
  /** @type {Verdict} */
  let verdict = 'good';
  if (openings.some(({ required }) => required)) verdict = 'none';
  else if (openings.length > 0) verdict = 'fair';
  else if (untested || nodes.length === 0) verdict = 'unknown';
  return { verdict, untested, openings };
}

/** The rules for one node. @param {Check[]} checks @param {Record<string, Result>} results @returns {Opening[]} */
function openingsOf(checks, results) {
  const is = (/** @type {Check} */ { key }, /** @type {Result} */ result) => results[key] === result;
  const media = checks.filter(({ transport }) => transport.purpose !== 'pages');
  // One way for picture and sound is enough for a call; one that could not be tested may be that way.
  const stuck = media.every((check) => is(check, 'blocked'));
  /** @type {Map<string, Opening>} */
  const found = new Map();
  for (const check of checks.filter((one) => is(one, 'blocked'))) {
    const { kind, transport: { purpose, protocol, port, addresses, needed } } = check;
    const key = `${protocol} ${port} ${addresses.join(' ')}`;
    const opening = found.get(key) ?? { protocol, port, hosts: addresses, kinds: [], required: false, inspected: false };
    found.set(key, opening);
    opening.kinds.push(kind);
    opening.required ||= needed === 'required' && (purpose === 'pages' || stuck);
    opening.inspected ||= protocol === 'tcp' && checks.some((other) => other.kind === 'pages' && other.transport.port === port && is(other, 'works'));
  }
  return [...found.values()];
}

/** Which hosts are to be left out of what looks into connections, by port. @param {Opening[]} openings @returns {{ port: number, hosts: string[] }[]} */
export function inspectedOf(openings) {
  const found = openings.filter(({ inspected }) => inspected);
  return [...new Set(found.map(({ port }) => port))].map((port) => ({ port, hosts: [...new Set(found.filter((one) => one.port === port).flatMap(({ hosts }) => hosts))] }));
}

/** Lines for a ticket: what a person would type. @param {Opening[]} openings @param {(opening: Opening) => string} why */
export function asText(openings, why) {
  return openings.map((opening) => `${opening.protocol.toUpperCase()} ${opening.port}  ${opening.hosts.join(', ')}  (${why(opening)})`).join('\n');
}
