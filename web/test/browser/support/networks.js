// Networks as people have them: homes behind routers of different strictness and a server, out of network namespaces of this machine.
//
//   browser - home - router - the street (a bridge) - server
//
// Nothing of them is in the machine's own network. Names carry the process that made them, so that runs do not meet; what a run that
// was killed left behind is removed by the next one.
import { execFileSync } from 'node:child_process';
import { X509Certificate, createHash } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** The server: its name, and its address on the street: a public one (RFC 5737), because browsers take no candidate of a private address at port 443. */
export const SERVER = { name: 'talk.anteroom.test', address: '203.0.113.10' };

const toServer = `ip daddr ${SERVER.address} tcp dport 443`;

/**
 * What the router of a home lets out (nftables, in the order of the forward chain) and how it translates addresses.
 * @typedef {{masquerade?: string, rules?: string[]}} Situation
 */
/** @type {Record<string, Situation>} */
export const SITUATIONS = {
  // The same port for every destination, as most routers do it.
  open: {},
  // Another port for every destination.
  symmetric: { masquerade: 'fully-random' },
  'no-udp': { rules: ['meta l4proto udp drop'] },
  'only-443': { rules: [`${toServer} accept`, 'drop'] },
  // As a proxy that looks inside: what does not begin with a TLS handshake (RFC 8446 section 5.1) gets a connection and no answer.
  'only-tls': {
    rules: [
      `${toServer} ct mark 0 @ih,0,8 != 22 drop`, `${toServer} ct mark 0 @ih,0,8 22 ct mark set 1`,
      `${toServer} accept`, 'drop',
    ],
  },
};

// Where ip and nft are, which not every shell of root's looks through.
const path = `${process.env.PATH}:/usr/sbin:/sbin`;

/** Runs a command to its end and returns what it printed. @param {string[]} words @param {string} [input] */
function run(words, input = '') {
  const [program, ...args] = words;
  return execFileSync(program, args, { env: { ...process.env, PATH: path }, input, encoding: 'utf8', stdio: ['pipe', 'pipe', 'pipe'] });
}

/** The words that run a program in a namespace, and are the program from then on (its process id is the one that was started). */
export const inside = (/** @type {string} */ namespace) => ['ip', 'netns', 'exec', namespace];

const prefix = 'anteroom-test-';

export class Networks {
  #own = `${prefix}${process.pid}-`;
  #street = `${this.#own}street`;
  #homes = 0;
  #folder = mkdtempSync(join(tmpdir(), 'anteroom-networks-'));
  #remove = () => this.close();
  #stop = () => process.exit(1); // with the removal on the way

  /** The server's namespace. */
  server = `${this.#own}server`;

  /** Makes the street and the server's place on it. Fails where namespaces are not allowed: without them nothing here is tested. */
  constructor() {
    process.once('exit', this.#remove);
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.once(signal, this.#stop);
    try {
      sweep();
      this.#add(this.#street);
    } catch (error) {
      this.close();
      throw new Error('The tests of real networks need network namespaces, and this process may not make them (or ip, of iproute2, is missing): '
        + `run them as root, in a container with CAP_SYS_ADMIN and CAP_NET_ADMIN.\n${/** @type {any} */ (error).stderr || error}`);
    }
    try {
      this.#ip(this.#street, 'link', 'add', 'street', 'type', 'bridge');
      this.#ip(this.#street, 'link', 'set', 'street', 'up');
      this.#add(this.server);
      this.#onStreet(this.server, `${SERVER.address}/24`);
    } catch (error) {
      this.close();
      throw error;
    }
  }

  /** Makes a home in this situation behind a router of its own, and returns its namespace. @param {string} situation */
  home(situation) {
    const { masquerade = '', rules = [] } = SITUATIONS[situation];
    const number = ++this.#homes;
    const [home, router] = [`${this.#own}home${number}`, `${this.#own}router${number}`];
    this.#add(home);
    this.#add(router);
    this.#onStreet(router, `203.0.113.${100 + number}/24`);
    this.#cable(router, 'lan', home, 'uplink');
    this.#ip(router, 'addr', 'add', '192.168.7.1/24', 'dev', 'lan');
    this.#ip(home, 'addr', 'add', '192.168.7.2/24', 'dev', 'uplink');
    this.#ip(home, 'route', 'add', 'default', 'via', '192.168.7.1');
    run([...inside(router), 'sh', '-c', 'echo 1 >/proc/sys/net/ipv4/ip_forward']);
    run([...inside(router), 'nft', '-f', '-'], `
      table ip router {
        chain broken { }
        chain out { type nat hook postrouting priority 100; oifname "street" masquerade ${masquerade}; }
        chain through {
          type filter hook forward priority 0; policy drop;
          jump broken
          iifname "lan" jump outwards
          ct state established,related accept
        }
        chain outwards {
          # Whom nobody answers when he asks for a name, he asks again for seconds.
          udp dport 53 reject
          ${rules.join('\n')}
          accept
        }
        chain in { type filter hook input priority 0; iifname "street" ct state new drop; }
      }`);
    return home;
  }

  /**
   * From now on the home's router drops what these rules match, without a word to either side. None: nothing any more.
   * @param {string} home its namespace
   * @param {string[]} matches of nftables, both directions to be named
   */
  break(home, ...matches) {
    const router = [...inside(home.replace('home', 'router')), 'nft', '-f', '-'];
    run(router, ['flush chain ip router broken', ...matches.map((match) => `add rule ip router broken ${match} drop`)].join('\n'));
  }

  /** Bytes that have gone through a home's router so far, from IP on. @param {string} home @returns {{ up: number, down: number }} */
  passed(home) {
    const [{ stats64: { rx, tx } }] = JSON.parse(run(['ip', '-netns', home.replace('home', 'router'), '-s', '-j', 'link', 'show', 'lan']));
    const ethernet = 14;
    return { up: rx.bytes - rx.packets * ethernet, down: tx.bytes - tx.packets * ethernet };
  }

  /** Ends the TCP connections of a home to the server, as a machine does that went to another network. @param {string} home */
  abort(home) {
    run([...inside(home), 'ss', '--kill', 'dst', SERVER.address, 'dport', '=', '443']);
  }

  /**
   * Makes a certificate for the server's name, of an authority of its own.
   * @returns {{cert: string, key: string, trust: string}} the files of the chain and the key, and the flag by which a Chromium trusts the authority,
   * in pages and in relays over TLS alike
   */
  certificate() {
    const file = (/** @type {string} */ name) => join(this.#folder, name);
    const make = (/** @type {string} */ name, /** @type {string[]} */ ...args) => run(['openssl', 'req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256',
      '-nodes', '-days', '2', '-keyout', file(`${name}.key`), '-out', file(`${name}.pem`), ...args]);
    make('authority', '-subj', '/CN=Authority of a test');
    const authority = file('authority.pem');
    make('server', '-subj', `/CN=${SERVER.name}`, '-CA', authority, '-CAkey', file('authority.key'), '-addext', `subjectAltName=DNS:${SERVER.name}`, '-addext', 'basicConstraints=critical,CA:FALSE');
    const chain = file('chain.pem');
    writeFileSync(chain, run(['cat', file('server.pem'), authority]));
    const key = new X509Certificate(run(['cat', authority])).publicKey.export({ type: 'spki', format: 'der' });
    return { cert: chain, key: file('server.key'), trust: `--ignore-certificate-errors-spki-list=${createHash('sha256').update(key).digest('base64')}` };
  }

  /** Removes all of it; processes in it are ended. */
  close() {
    process.off('exit', this.#remove);
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.off(signal, this.#stop);
    remove(this.#own);
    rmSync(this.#folder, { recursive: true, force: true });
  }

  #add(/** @type {string} */ namespace) {
    run(['ip', 'netns', 'add', namespace]);
    this.#ip(namespace, 'link', 'set', 'lo', 'up');
  }

  #ip(/** @type {string} */ namespace, /** @type {string[]} */ ...args) {
    run(['ip', '-n', namespace, ...args]);
  }

  #cable(/** @type {string} */ one, /** @type {string} */ itsEnd, /** @type {string} */ other, /** @type {string} */ otherEnd) {
    run(['ip', 'link', 'add', itsEnd, 'netns', one, 'type', 'veth', 'peer', 'name', otherEnd, 'netns', other]);
    for (const [namespace, end] of [[one, itsEnd], [other, otherEnd]]) {
      // Without an IPv6 address of its own: that would come a second later, when browsers break off what they load because the network changed.
      this.#ip(namespace, 'link', 'set', end, 'addrgenmode', 'none');
      this.#ip(namespace, 'link', 'set', end, 'up');
    }
  }

  #onStreet(/** @type {string} */ namespace, /** @type {string} */ address) {
    const door = `to${address.split(/[./]/)[3]}`;
    this.#cable(this.#street, door, namespace, 'street');
    this.#ip(this.#street, 'link', 'set', door, 'master', 'street');
    this.#ip(namespace, 'addr', 'add', address, 'dev', 'street');
  }
}

/** The namespaces of this machine whose names begin so. @param {string} beginning */
function namespaces(beginning) {
  return run(['ip', 'netns', 'list']).split('\n').map((line) => line.split(' ')[0]).filter((name) => name.startsWith(beginning));
}

/** Removes the namespaces whose names begin so, with what still runs in them. @param {string} beginning */
function remove(beginning) {
  for (const name of namespaces(beginning)) {
    for (const id of run(['ip', 'netns', 'pids', name]).split('\n').filter(Boolean)) {
      try { process.kill(Number(id), 'SIGKILL'); } catch { /* it ended by itself */ }
    }
    run(['ip', 'netns', 'delete', name]);
  }
}

/** Removes what runs that were killed left behind: their process is gone, their namespaces are not. */
function sweep() {
  for (const name of namespaces(prefix)) {
    const id = name.slice(prefix.length).split('-')[0];
    try { process.kill(Number(id), 0); } catch { remove(`${prefix}${id}-`); }
  }
}

/**
 * Notes in pages of this context when the button that admits was pressed, and when the first picture of somebody else was shown, both in ms
 * on the machine's clock: `admitted` and `pictured` of the window.
 * @param {import('playwright-core').BrowserContext} context
 */
export async function timed(context) {
  await context.addInitScript(() => {
    const here = /** @type {any} */ (window);
    addEventListener('click', (event) => {
      if (event.target instanceof Element && event.target.closest('[data-test="admit"]')) here.admitted ??= Date.now();
    }, true);
    const watched = new WeakSet();
    setInterval(() => {
      for (const video of document.querySelectorAll('[data-test="tile"]:not([data-self]) video')) {
        if (watched.has(video)) continue;
        watched.add(video);
        /** @type {HTMLVideoElement} */ (video).requestVideoFrameCallback(() => { here.pictured ??= Date.now(); });
      }
    }, 20);
  });
}

/** What `timed` noted in a page. @param {import('playwright-core').Page} page @returns {Promise<{admitted?: number, pictured?: number}>} */
export const times = (page) => page.evaluate(() => {
  const { admitted, pictured } = /** @type {any} */ (window);
  return { admitted, pictured };
});
