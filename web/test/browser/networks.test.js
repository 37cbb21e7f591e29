// Real networks: whatever stands between two people and the server, they see and hear each other, soon, and by the best way that there is.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { openChromium } from './support/browsers.js';
import { countable } from './support/lines.js';
import { Networks, SERVER, SITUATIONS, inside, timed, times } from './support/networks.js';
import { admit, arrive, inState, otherVideo, preside } from './support/people.js';
import { eventually, heard, seen } from './support/recognise.js';
import { Node } from './support/server.js';
import { ways } from './support/ways.js';

/** @typedef {import('playwright-core').Page} Page */

/**
 * What has to be gone over in a situation, to the server and to the other browser: the first that leads anywhere of UDP, TCP and TLS. Browsers
 * reach each other over the relay alone.
 * @type {Record<string, {server: string, direct: string}>}
 */
const OVER = {
  open: { server: 'udp 3478', direct: 'relay udp' },
  symmetric: { server: 'udp 3478', direct: 'relay udp' },
  'no-udp': { server: 'tcp 443', direct: 'relay tls' },
  'only-443': { server: 'tcp 443', direct: 'relay tls' },
  'only-tls': { server: 'relay tls', direct: 'relay tls' },
};

/** Where the first question to the better way was lost, Chromium asks again after 25 s, ms. */
const ASKED_AGAIN = 45_000;
/** From admission to the first picture, in ms (section 16 of the design: where only TCP 443 is open, within 6 s). */
const SOON = 6000;

describe('real networks', () => {
  /** @type {Networks} */ let networks;
  /** @type {Node} */ let node;
  /** @type {string} */ let trust;
  /** A context for each person in each situation, of a browser in a home of its own. @type {Map<string, Promise<import('playwright-core').BrowserContext>>} */
  const contexts = new Map();

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
    for (const context of await Promise.allSettled(contexts.values())) {
      if (context.status === 'fulfilled') await context.value.browser()?.close();
    }
    await node?.stop();
    networks?.close();
  });

  /** The person's browser in this situation. */
  function at(/** @type {'ada' | 'ben'} */ face, /** @type {string} */ situation) {
    const open = async () => {
      const browser = await openChromium(face, {
        namespace: networks.home(situation), args: [trust, `--host-resolver-rules=MAP ${SERVER.name} ${SERVER.address}`],
      });
      const context = await browser.newContext();
      await countable(context);
      await timed(context);
      return context;
    };
    const name = `${face} ${situation}`;
    const context = contexts.get(name) ?? open();
    contexts.set(name, context);
    return context;
  }

  /** Waits until these pages send no more than silence by the server, and something comes from the other browser. */
  const beside = (/** @type {Page[]} */ ...pages) => Promise.all(pages.map((page) => eventually(async () => {
    const before = await ways(page);
    await new Promise((done) => setTimeout(done, 200));
    const now = await ways(page);
    return { server: now.server.sent - before.server.sent, direct: (now.direct?.came ?? 0) - (before.direct?.came ?? 0) };
  }, ({ server, direct }) => server <= 4 && direct > 0, 'picture and sound from browser to browser alone')));

  /**
   * Ada presides in one situation, Ben comes in another; they see and hear each other.
   * @param {import('node:test').TestContext} t
   * @param {string} hers
   * @param {string} his
   * @param {'server' | 'direct'} by which way
   */
  async function meet(t, hers, his, by) {
    const [contextA, contextB, room] = await Promise.all([
      at('ada', hers), at('ben', his), node.roomWith(['--policy', by === 'server' ? 'schutz' : 'erziehungsberatung'], 'ada', 'client:Ben'),
    ]);
    try {
      const [ada, ben] = await Promise.all([preside(contextA, room.counsellor_link, 'av', room.counsellor_pin), arrive(contextB, room.persons[0].link, 'av', room.persons[0].pin)]);
      await admit(ada);
      await inState(ben, 'call');
      if (by === 'direct') await beside(ada, ben);
      const sides = /** @type {const} */ ([[ada, 'ben', hers], [ben, 'ada', his]]);
      await Promise.all(sides.map(async ([page, face]) => {
        const video = await otherVideo(page);
        const first = await eventually(() => seen(page, video), (found) => found?.face === face, `${face}'s picture`);
        await eventually(() => seen(page, video), (found) => found?.face === face && found.counter !== first?.counter, `${face}'s picture to move`);
        await eventually(() => heard(page, video, 700), (found) => found === face, `${face}'s tone`);
      }));
      const { admitted } = await times(ada);
      const found = await Promise.all(sides.map(async ([page,, situation]) => ({
        situation, ms: Number((await times(page)).pictured) - Number(admitted), over: (await ways(page))[by]?.over,
      })));
      const said = `from admission to the first picture: ${found.map((one) => `${one.situation} ${one.ms} ms, over ${one.over}`).join('; ')}`;
      t.diagnostic(said);
      for (const { ms } of found) assert.ok(ms <= SOON, said);
      // The first way that leads there is taken at once, and left for a better one as soon as that is found to lead there too (RFC 8445, section 8.1.1).
      await Promise.all(sides.map(([page,, situation]) => eventually(async () => (await ways(page))[by]?.over,
        (over) => over === OVER[situation][by], `${situation} over ${OVER[situation][by]}; ${said}`, ASKED_AGAIN)));
    } finally {
      await Promise.all([contextA, contextB].flatMap((context) => context.pages()).map((page) => page.close()));
    }
  }

  const situations = Object.keys(SITUATIONS);
  for (const [i, hers] of situations.entries()) {
    for (const his of situations.slice(i)) {
      test(`${hers} and ${his}, by the server`, (t) => meet(t, hers, his, 'server'));
      test(`${hers} and ${his}, from browser to browser`, (t) => meet(t, hers, his, 'direct'));
    }
  }
});
