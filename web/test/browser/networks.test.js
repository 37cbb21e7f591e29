// Real networks: whatever stands between two people and the server, they see and hear each other, soon, and by the best way that there is.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { openChromium } from './support/browsers.js';
import { countable } from './support/lines.js';
import { Networks, SERVER, SITUATIONS, inside, timed, times, way } from './support/networks.js';
import { admit, arrive, inState, otherVideo, preside } from './support/people.js';
import { eventually, heard, seen } from './support/recognise.js';
import { Node } from './support/server.js';

/** The way that a person in a situation has to take: the first of UDP, TCP, a relay over TLS that leads anywhere. */
const WAYS = { open: 'udp 3478', symmetric: 'udp 3478', 'no-udp': 'tcp 443', 'only-443': 'tcp 443', 'only-tls': 'relay tls' };

/** From admission to the first picture, in ms (section 16 of the design: where only TCP 443 is open, within 6 s). */
const SOON = 6000;

describe('real networks', () => {
  /** @type {Networks} */ let networks;
  /** @type {Node} */ let node;
  /** @type {string} */ let trust;
  /** A browser for each person in each situation, in a home of its own. @type {Map<string, import('playwright-core').Browser>} */
  const browsers = new Map();

  before(async () => {
    networks = new Networks();
    const { cert, key, ...made } = networks.certificate();
    trust = made.trust;
    node = await Node.start({
      ANTEROOM_LISTEN: ':443', ANTEROOM_PUBLIC_URL: `https://${SERVER.name}`, ANTEROOM_TLS: 'files', ANTEROOM_TLS_CERT: cert, ANTEROOM_TLS_KEY: key,
      ANTEROOM_MEDIA_PORT: '3478', ANTEROOM_MEDIA_IPS: SERVER.address,
    }, inside(networks.server));
    await node.counsellor('ada');
  });
  after(async () => {
    await Promise.all([...browsers.values()].map((browser) => browser.close()));
    await node?.stop();
    networks?.close();
  });

  /** A new context of the person's browser in this situation. */
  async function at(/** @type {'ada' | 'ben'} */ face, /** @type {string} */ situation) {
    const name = `${face} ${situation}`;
    if (!browsers.has(name)) {
      browsers.set(name, await openChromium(face, {
        namespace: networks.home(situation), args: [trust, `--host-resolver-rules=MAP ${SERVER.name} ${SERVER.address}`],
      }));
    }
    const context = await /** @type {import('playwright-core').Browser} */ (browsers.get(name)).newContext();
    await countable(context);
    await timed(context);
    return context;
  }

  const situations = Object.keys(SITUATIONS);
  for (const [i, hers] of situations.entries()) {
    for (const his of situations.slice(i)) {
      test(`${hers} and ${his}`, async (t) => {
        const [contextA, contextB, room] = await Promise.all([at('ada', hers), at('ben', his), node.room('ada', 'client:Ben')]);
        try {
          const [ada, ben] = await Promise.all([preside(contextA, room.counsellor_link), arrive(contextB, room.persons[0].link)]);
          await admit(ada);
          await inState(ben, 'call');
          const sides = /** @type {const} */ ([[ada, 'ben', hers], [ben, 'ada', his]]);
          await Promise.all(sides.map(async ([page, face]) => {
            const video = await otherVideo(page);
            const first = await eventually(() => seen(page, video), (found) => found?.face === face, `${face}'s picture`);
            await eventually(() => seen(page, video), (found) => found?.face === face && found.counter !== first?.counter, `${face}'s picture to move`);
            await eventually(() => heard(page, video), (found) => found === face, `${face}'s tone`);
          }));
          const { admitted } = await times(ada);
          const found = await Promise.all(sides.map(async ([page,, situation]) => {
            const ms = Number((await times(page)).pictured) - Number(admitted);
            return { situation, ms, way: await way(page) };
          }));
          const said = `from admission to the first picture: ${found.map((one) => `${one.situation} ${one.ms} ms by ${one.way}`).join(', ')}`;
          t.diagnostic(said);
          for (const { situation, ms, way } of found) {
            assert.equal(way, WAYS[/** @type {keyof typeof WAYS} */ (situation)], said);
            assert.ok(ms <= SOON, said);
          }
        } finally {
          await Promise.all([contextA.close(), contextB.close()]);
        }
      });
    }
  }
});
