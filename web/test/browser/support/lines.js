// Lines as they are: a relay that loses, delays and slows packets between a browser and the node, and what the browser counts.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { address, binary } from './server.js';

/**
 * A UDP relay of the product's own (`anteroom loadtest relay`) in front of a node's media port, whose line can be changed in the middle of a call.
 * Settings are those of its flags: loss ("5%"), delay ("50ms"), jitter ("5ms"), rate ("300k"), queue ("200ms").
 */
export class Line {
  /** @param {import('./server.js').Node} node @param {Record<string, string>} [settings] */
  static async open(node, settings = {}) {
    const line = new Line();
    const args = ['loadtest', 'relay', '--listen', `${address()}:0`, '--to', `127.0.0.1:${node.env.ANTEROOM_MEDIA_PORT}`];
    for (const [name, value] of Object.entries(settings)) args.push(`--${name}`, value);
    line.child = spawn(binary(), args, { stdio: ['pipe', 'pipe', 'inherit'] });
    const said = createInterface({ input: /** @type {import('node:stream').Readable} */ (line.child.stdout) });
    for await (const text of said) {
      const match = /listening on (\S+):(\d+)/.exec(text);
      if (!match) continue;
      [, line.host, line.port] = match;
      break;
    }
    if (!line.port) throw new Error('the relay did not start');
    line.child.stdout?.resume();
    return line;
  }

  /** Changes the line: one setting as on the command line, or `clear`. @param {string[]} words */
  set(...words) {
    this.child.stdin?.write(`${words.join(' ')}\n`);
  }

  /** Makes pages of this context reach the node through the line alone. @param {import('playwright-core').BrowserContext} context */
  async carries(context) {
    await context.addInitScript(({ host, port }) => {
      const apply = RTCPeerConnection.prototype.setRemoteDescription;
      RTCPeerConnection.prototype.setRemoteDescription = function setRemoteDescription(/** @type {any} */ description) {
        // One candidate, the relay's; nothing goes around it.
        let first = true;
        const lines = (description.sdp ?? '').split('\r\n').flatMap((/** @type {string} */ line) => {
          const parts = line.split(' ');
          if (!line.startsWith('a=candidate:')) return [line];
          if (parts[2].toLowerCase() !== 'udp' || !first) return [];
          first = false;
          parts[4] = host;
          parts[5] = port;
          return [parts.join(' ')];
        });
        return apply.call(this, { type: description.type, sdp: lines.join('\r\n') });
      };
    }, { host: /** @type {string} */ (this.host), port: /** @type {string} */ (this.port) });
  }

  async close() {
    if (this.child.exitCode !== null) return;
    const gone = once(this.child, 'exit');
    this.child.kill('SIGTERM');
    await gone;
  }
}

/** Keeps hold of every peer connection that pages of this context make, for `counts`. @param {import('playwright-core').BrowserContext} context */
export async function countable(context) {
  await context.addInitScript(() => {
    const { RTCPeerConnection: Made } = window;
    /** @type {any} */ (window).connections = [];
    window.RTCPeerConnection = class extends Made {
      constructor(/** @type {any} */ configuration) {
        super(configuration);
        /** @type {any} */ (window).connections.push(this);
      }
    };
  });
}

/**
 * What the page's newest connection counts of what it receives: sound (samples concealed out of all, packets) and picture (size, frames, bytes).
 * @param {import('playwright-core').Page} page
 * @returns {Promise<{concealed: number, samples: number, sound: number, frames: number, bytes: number, height: number, freezes: number, frozen: number}>}
 */
export function counts(page) {
  return page.evaluate(async () => {
    const [connection] = /** @type {any} */ (window).connections.slice(-1);
    const sum = { concealed: 0, samples: 0, sound: 0, frames: 0, bytes: 0, height: 0, freezes: 0, frozen: 0 };
    for (const [, one] of await connection.getStats()) {
      if (one.type !== 'inbound-rtp') continue;
      if (one.kind === 'audio') {
        sum.concealed += Math.max(0, (one.concealedSamples ?? 0) - (one.silentConcealedSamples ?? 0));
        sum.samples += one.totalSamplesReceived ?? 0;
        sum.sound += one.packetsReceived ?? 0;
      } else {
        sum.frames += one.framesDecoded ?? 0;
        sum.bytes += one.bytesReceived ?? 0;
        sum.height = Math.max(sum.height, one.frameHeight ?? 0);
        sum.freezes += one.freezeCount ?? 0;
        sum.frozen += one.totalFreezesDuration ?? 0;
      }
    }
    return sum;
  });
}

/**
 * Watches a video for so long and returns the pauses between its frames that were longer than half a second, in ms. What the page itself
 * stood still meanwhile, because the machine had no time for it, is no pause of the line's and is taken off.
 * @param {import('playwright-core').Page} page @param {string} selector @param {number} ms
 * @returns {Promise<number[]>}
 */
export function freezes(page, selector, ms) {
  return page.evaluate(async ({ selector, ms }) => {
    const video = /** @type {HTMLVideoElement} */ (document.querySelector(selector));
    const pauses = /** @type {number[]} */ ([]);
    const end = performance.now() + ms;
    let last = performance.now();
    let over = false;
    let stood = 0;
    let tick = last;
    const pulse = setInterval(() => {
      const now = performance.now();
      if (now - tick > 100) stood += now - tick;
      tick = now;
    }, 20);
    const look = () => {
      const now = performance.now();
      const pause = now - last - stood - (now - tick > 100 ? now - tick : 0);
      if (pause > 500) pauses.push(Math.round(pause));
      last = tick = now;
      stood = 0;
      if (!over) video.requestVideoFrameCallback(look);
    };
    video.requestVideoFrameCallback(look);
    await new Promise((done) => setTimeout(done, end - performance.now()));
    over = true;
    look();
    clearInterval(pulse);
    return pauses;
  }, { selector, ms });
}
