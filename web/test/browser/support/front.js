// What stands between browsers and a node: pages and websocket go through it and can be cut; media goes another way.
import { connect, createServer } from 'node:net';

/** A TCP port in front of a node, whose connections can be cut. */
export class Front {
  /** @type {Set<import('node:net').Socket>} */ #sockets = new Set();
  #open = true;
  static async start(/** @type {number} */ port, /** @type {() => number} */ target) {
    const front = new Front();
    front.server = createServer((near) => {
      if (!front.#open) return void near.destroy();
      const far = connect(target(), '127.0.0.1');
      for (const [one, two] of [[near, far], [far, near]]) {
        front.#sockets.add(one);
        one.on('error', () => {}).on('close', () => { front.#sockets.delete(one); two.destroy(); });
        one.pipe(two);
      }
    });
    await new Promise((done) => front.server.listen(port, '127.0.0.1', () => done(undefined)));
    return front;
  }
  cut() { this.#open = false; for (const socket of this.#sockets) socket.destroy(); }
  mend() { this.#open = true; }
  stop() { this.cut(); return new Promise((done) => this.server.close(done)); }
}
