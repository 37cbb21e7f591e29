// Which way picture and sound take: by the server or from browser to browser. Read from the connections of the page (`countable` of lines.js).
import { eventually } from './recognise.js';

/**
 * @typedef {object} Way one of the page's connections
 * @property {string} state
 * @property {string} pair types of the selected candidates, own and other
 * @property {string} over what it goes: `udp` or `tcp` and the port at the other end (`tcp 443`), or `relay` and how the relay is reached (`relay tls`)
 * @property {string} remote address of the other's candidate
 * @property {number} sent packets
 * @property {number} came packets
 */

/** @param {import('playwright-core').Page} page @returns {Promise<{ server: Way, direct: Way | null }>} direct: that to the other browser, while there is one */
export function ways(page) {
  return page.evaluate(async () => {
    const found = [];
    for (const connection of /** @type {RTCPeerConnection[]} */ (/** @type {any} */ (window).connections)) {
      if (connection.connectionState === 'closed') continue;
      const way = { state: connection.connectionState, pair: '', over: '', remote: '', sent: 0, came: 0, direct: !!connection.getConfiguration().iceServers?.some(({ urls }) => [urls].flat().some((url) => url.includes('transport=udp'))) };
      const stats = await connection.getStats();
      stats.forEach((one) => {
        if (one.type === 'outbound-rtp') way.sent += one.packetsSent;
        if (one.type === 'inbound-rtp') way.came += one.packetsReceived;
        if (one.type !== 'transport' || !one.selectedCandidatePairId) return;
        const { localCandidateId, remoteCandidateId } = stats.get(one.selectedCandidatePairId);
        const [local, remote] = [stats.get(localCandidateId), stats.get(remoteCandidateId)];
        way.pair = `${local?.candidateType}/${remote?.candidateType}`;
        way.over = local?.candidateType === 'relay' ? `relay ${local.relayProtocol}` : `${local?.protocol} ${remote?.port}`;
        way.remote = remote?.address ?? '';
      });
      found.push(way);
    }
    return { server: found.filter(({ direct }) => !direct).at(-1), direct: found.filter(({ direct }) => direct).at(-1) ?? null };
  });
}

/** Waits until these send to each other, and by the server the silence that keeps its way warm, a few packets a second. @param {import('playwright-core').Page[]} pages */
export async function direct(...pages) {
  for (const page of pages) {
    await eventually(async () => {
      const before = await ways(page);
      await new Promise((done) => setTimeout(done, 400));
      const now = await ways(page);
      return { server: now.server.sent - before.server.sent, direct: (now.direct?.sent ?? 0) - (before.direct?.sent ?? 0), came: (now.direct?.came ?? 0) - (before.direct?.came ?? 0) };
    }, ({ server, direct, came }) => server <= 4 && direct > 0 && came > 0, 'picture and sound from browser to browser alone', 20_000);
  }
}

/** Of all the page's connections. @param {import('playwright-core').Page} page @returns {Promise<{ packets: number, open: number }>} packets: of sound and picture that were sent; open: connections that are not closed */
export const sending = (page) => page.evaluate(async () => {
  const sum = { packets: 0, open: 0 };
  for (const connection of /** @type {RTCPeerConnection[]} */ (/** @type {any} */ (window).connections)) {
    if (connection.connectionState !== 'closed') sum.open++;
    (await connection.getStats()).forEach((one) => { if (one.type === 'outbound-rtp') sum.packets += one.packetsSent; });
  }
  return sum;
});

/** Keeps what the page is told of the other by way of the server: descriptions and candidates. To be called before the page loads. @param {import('playwright-core').BrowserContext} context */
export async function listening(context) {
  await context.addInitScript(() => {
    const told = /** @type {string[]} */ (/** @type {any} */ (window).told = []);
    const Socket = window.WebSocket;
    window.WebSocket = class extends Socket {
      constructor(/** @type {any} */ url, /** @type {any} */ protocols) {
        super(url, protocols);
        this.addEventListener('message', ({ data }) => {
          if (data.includes('"peer_signal"')) told.push(data);
        });
      }
    };
  });
}

/** @param {import('playwright-core').Page} page @returns {Promise<string[]>} what `listening` kept */
export const told = (page) => page.evaluate(() => /** @type {any} */ (window).told);

/**
 * From now on counts the pictures that the tile shows, of whatever stream and in whatever element.
 * @param {import('playwright-core').Page} page
 * @returns {Promise<() => Promise<number>>} the longest time without a new one since the last call, that which lasts included, in ms
 */
export async function stillsOf(page) {
  await page.evaluate(() => {
    const stills = /** @type {any} */ (window).stills = { longest: 0, last: performance.now() };
    const watched = new WeakSet();
    setInterval(() => {
      const now = performance.now();
      stills.longest = Math.max(stills.longest, now - stills.last);
      for (const video of /** @type {NodeListOf<HTMLVideoElement>} */ (document.querySelectorAll('[data-test="tile"]:not([data-self]) video'))) {
        if (watched.has(video)) continue;
        watched.add(video);
        const shown = () => {
          if (video.closest('.tile-shown')) stills.last = performance.now();
          video.requestVideoFrameCallback(shown);
        };
        video.requestVideoFrameCallback(shown);
      }
    }, 20);
  });
  return () => page.evaluate(() => {
    const { stills } = /** @type {any} */ (window);
    const longest = Math.round(stills.longest);
    stills.longest = 0;
    return longest;
  });
}

/**
 * From now on listens to whatever sound the tile's stream has at each moment, and measures pauses in a steady tone.
 * @param {import('playwright-core').Page} page
 * @param {string} selector of the tile's <video>
 * @param {{ other?: boolean }} [options] other: the element may come to play another stream
 * @returns {Promise<() => Promise<number>>} the longest pause since the last call, that which lasts included, in ms, without what the page itself stood still
 */
export async function pausesOf(page, selector, { other = false } = {}) {
  await page.evaluate(async (selector) => {
    const video = /** @type {HTMLVideoElement} */ (document.querySelector(selector));
    const stream = /** @type {MediaStream} */ (video.srcObject);
    const audio = new AudioContext();
    await audio.resume();
    /** @type {Map<MediaStreamTrack, { ear: AnalyserNode, source: MediaStreamAudioSourceNode }>} */
    const ears = new Map();
    let looked = 0;
    const samples = new Float32Array(256);
    const pauses = /** @type {any} */ (window).pauses = { longest: 0, element: video, stream };
    let last = 0;
    let tick = 0;
    // An ear needs a moment before it hears: every track gets one before it is played, and loses it with its end.
    const grow = () => {
      looked = performance.now();
      for (const [track, { source }] of ears) {
        if (track.readyState !== 'ended') continue;
        source.disconnect();
        ears.delete(track);
      }
      for (const connection of /** @type {RTCPeerConnection[]} */ (/** @type {any} */ (window).connections).slice(-3)) {
        if (connection.connectionState === 'closed') continue;
        for (const { track } of connection.getReceivers()) {
          if (track.kind !== 'audio' || track.readyState === 'ended' || ears.has(track)) continue;
          const ear = audio.createAnalyser();
          ear.fftSize = samples.length;
          const source = audio.createMediaStreamSource(new MediaStream([track]));
          source.connect(ear);
          ears.set(track, { ear, source });
        }
      }
    };
    const heard = () => {
      if (performance.now() - looked > 50) grow();
      const now = /** @type {HTMLVideoElement | null} */ (document.querySelector(selector))?.srcObject;
      const ear = now instanceof MediaStream && ears.get(now.getAudioTracks()[0])?.ear;
      if (!ear) return false;
      ear.getFloatTimeDomainData(samples);
      return samples.some((sample) => Math.abs(sample) > 0.02);
    };
    while (!heard()) await new Promise((done) => setTimeout(done, 5));
    last = tick = performance.now();
    setInterval(() => {
      const now = performance.now();
      // A page that stood still heard nothing meanwhile, which is no pause.
      if (now - tick > 20) last += now - tick;
      tick = now;
      if (heard()) last = now;
      else pauses.longest = Math.max(pauses.longest, now - last);
    }, 5);
  }, selector);
  return async () => {
    const { longest, same } = await page.evaluate((selector) => {
      const { pauses } = /** @type {any} */ (window);
      const longest = Math.round(pauses.longest);
      pauses.longest = 0;
      const video = /** @type {HTMLVideoElement | null} */ (document.querySelector(selector));
      return { longest, same: video === pauses.element && video?.srcObject === pauses.stream };
    }, selector);
    if (!same && !other) throw new Error('the element or its stream is another one');
    return longest;
  };
}
