// Builds the real binary once, starts real nodes with their own state folder and ports, and asks the command line for rooms.
import { execFile, execFileSync, spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { createSocket } from 'node:dgram';
import { networkInterfaces, tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const root = join(dirname(fileURLToPath(import.meta.url)), '../../../..');

/** The password of every test counsellor. */
export const PASSWORD = 'correct horse battery staple';

let built = '';
/** Builds `anteroom` (or takes ANTEROOM_BINARY) and returns its path. */
export function binary() {
  if (process.env.ANTEROOM_BINARY) return process.env.ANTEROOM_BINARY;
  if (!built) {
    built = join(mkdtempSync(join(tmpdir(), 'anteroom-bin-')), 'anteroom');
    execFileSync('go', ['build', '-o', built, './cmd/anteroom'], { cwd: root, stdio: ['ignore', 'inherit', 'inherit'] });
    process.on('exit', () => rmSync(dirname(built), { recursive: true, force: true }));
  }
  return built;
}

/**
 * Builds `anteroom` with one of its files as this makes it, for what the product can do and no setting of it leads to. The file itself stays.
 * @param {string} file from the root
 * @param {(text: string) => string} change
 * @returns {string} the path of the program
 */
export function binaryWith(file, change) {
  const folder = mkdtempSync(join(tmpdir(), 'anteroom-bin-'));
  process.on('exit', () => rmSync(folder, { recursive: true, force: true }));
  const [path, other, overlay, program] = [join(root, file), join(folder, 'other.go'), join(folder, 'overlay.json'), join(folder, 'anteroom')];
  const before = readFileSync(path, 'utf8');
  const changed = change(before);
  if (changed === before) throw new Error(`there is nothing to change in ${file}`);
  writeFileSync(other, changed);
  writeFileSync(overlay, JSON.stringify({ Replace: { [path]: other } }));
  execFileSync('go', ['build', '-overlay', overlay, '-o', program, './cmd/anteroom'], { cwd: root, stdio: ['ignore', 'inherit', 'inherit'] });
  return program;
}

/** A TCP port that is free now. */
export function freePort() {
  return new Promise((done, fail) => {
    const server = createServer();
    server.once('error', fail);
    server.listen(0, '127.0.0.1', () => {
      const address = /** @type {import('node:net').AddressInfo} */ (server.address());
      server.close(() => done(address.port));
    });
  });
}

/** A port that is free now for TCP and UDP: media listens on both. */
async function freeMediaPort() {
  for (;;) {
    const port = await freePort();
    const socket = createSocket('udp4');
    const free = await new Promise((done) => socket.once('error', () => done(false)).bind(port, '127.0.0.1', () => done(true)));
    await new Promise((done) => socket.close(() => done(undefined)));
    if (free) return port;
  }
}

/** This machine's IPv4 addresses beyond the loopback: Firefox does not check a loopback candidate of others. */
function addresses() {
  return Object.values(networkInterfaces()).flat().filter((one) => one && !one.internal && one.family === 'IPv4').map((one) => /** @type {{address: string}} */ (one).address);
}

/** An address of this machine that every browser checks. */
export const address = () => addresses()[0] ?? '127.0.0.1';

/** A running node. */
export class Node {
  /** Commands that have not ended: a test that fails does not wait for them. @type {Set<import('node:child_process').ChildProcess>} */
  #commands = new Set();

  /**
   * @param {Record<string, string>} [env] more settings
   * @param {string[]} [within] the words before a program that make it run elsewhere
   * @param {string} [program] what is run, in place of `binary()`
   */
  static async start(env = {}, within = [], program = binary()) {
    for (let tries = 3; ; tries--) {
      try {
        return await Node.#start(env, within, program);
      } catch (error) {
        // Between looking for a free port and taking it another program may be faster.
        if (tries === 1 || !String(error).includes('already in use')) throw error;
      }
    }
  }

  static async #start(/** @type {Record<string, string>} */ env, /** @type {string[]} */ within, /** @type {string} */ program) {
    const node = new Node();
    node.within = within;
    node.program = program;
    node.state = mkdtempSync(join(tmpdir(), 'anteroom-state-'));
    const port = await freePort();
    const admin = await freePort();
    const media = await freeMediaPort();
    node.env = {
      ...process.env,
      ANTEROOM_LISTEN: `127.0.0.1:${port}`,
      ANTEROOM_PUBLIC_URL: `http://localhost:${port}`,
      ANTEROOM_STATE_DIR: node.state,
      ANTEROOM_ADMIN_LISTEN: `127.0.0.1:${admin}`,
      ANTEROOM_MEDIA_PORT: String(media),
      ANTEROOM_MEDIA_IPS: [...addresses(), '127.0.0.1'].join(','),
      ANTEROOM_TLS: 'off',
      ...env,
    };
    node.port = port;
    node.url = node.env.ANTEROOM_PUBLIC_URL;
    node.admin = `http://127.0.0.1:${admin}`;
    node.log = '';
    await node.#spawn();
    return node;
  }

  async #spawn() {
    const [program, ...args] = [...this.within, this.program, 'serve'];
    const child = spawn(program, args, { env: this.env, stdio: ['ignore', 'pipe', 'pipe'] });
    this.child = child;
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (data) => (this.log += data));
    while (child.exitCode === null && child.signalCode === null) {
      try {
        await this.#ask('/readyz');
        return;
      } catch { /* not listening yet */ }
      await new Promise((done) => setTimeout(done, 20));
    }
    throw new Error(`anteroom serve ended with ${child.exitCode ?? child.signalCode}:\n${this.log}`);
  }

  /** Ends the process (`signal` as for kill) and starts it again on the same state. */
  async restart(/** @type {NodeJS.Signals} */ signal = 'SIGTERM') {
    await this.#end(signal);
    await this.#spawn();
  }

  /** What the admin listener says to a path; it is asked where the node runs. */
  async #ask(/** @type {string} */ path) {
    const ask = async (/** @type {string} */ url) => {
      const answer = await fetch(url);
      if (!answer.ok) throw new Error(`${url}: ${answer.status}`);
      return answer.text();
    };
    if (!this.within.length) return ask(`${this.admin}${path}`);
    const [program, ...args] = [...this.within, process.execPath, '-e', `(${ask})(process.argv[1]).then((text) => process.stdout.write(text))`, `${this.admin}${path}`];
    return (await promisify(execFile)(program, args)).stdout;
  }

  async #end(/** @type {NodeJS.Signals} */ signal) {
    const child = this.child;
    if (child.exitCode !== null || child.signalCode !== null) return;
    const gone = new Promise((done) => child.once('exit', done));
    child.kill(signal);
    await gone;
  }

  async stop() {
    for (const command of this.#commands) command.kill();
    await this.#end('SIGTERM');
    rmSync(this.state, { recursive: true, force: true });
  }

  /** Runs a command of the product; resolves to what it printed. */
  command(/** @type {string[]} */ ...args) {
    return this.commandWith('', ...args);
  }

  /** The same with standard input. */
  commandWith(/** @type {string} */ input, /** @type {string[]} */ ...args) {
    return new Promise((done, fail) => {
      const child = execFile(this.program, args, { env: this.env }, (error, stdout, stderr) => {
        if (error) fail(new Error(`anteroom ${args.join(' ')}: ${error.message}\n${stderr}`));
        else done(stdout);
      });
      this.#commands.add(child);
      child.once('exit', () => this.#commands.delete(child));
      // A command that does not read may be over before; what it has to say is in its exit status.
      child.stdin?.on('error', () => {}).end(input);
    });
  }

  /** Makes a counsellor's account with PASSWORD. */
  async counsellor(/** @type {string} */ name) {
    await this.commandWith(`${PASSWORD}\n`, 'counsellor', 'add', name, '--password-stdin');
  }

  /**
   * Makes a room by command line.
   * @returns {Promise<{room: string, counsellor_link: string, counsellor_pin?: string, persons: {role: string, label: string, link: string, pin?: string, person: string, pin?: string}[]}>} pin: of a person who has one
   */
  room(/** @type {string} */ counsellor, /** @type {string[]} */ ...persons) {
    return this.roomWith([], counsellor, ...persons);
  }

  /**
   * The same with more flags.
   * @returns {ReturnType<Node['room']>}
   */
  async roomWith(/** @type {string[]} */ flags, /** @type {string} */ counsellor, /** @type {string[]} */ ...persons) {
    const args = ['room', 'create', '--counsellor', counsellor, '--json', ...flags];
    for (const person of persons) args.push('--person', person);
    return JSON.parse(await this.command(...args));
  }

  /** The value of a metric, summed over its labels that match. */
  async metric(/** @type {string} */ name, /** @type {Record<string, string>} */ labels = {}) {
    const text = await this.#ask('/metrics');
    let sum = 0;
    let found = false;
    for (const line of text.split('\n')) {
      const match = /^([a-zA-Z_:][\w:]*)(?:\{(.*)\})? (\S+)$/.exec(line);
      if (!match || match[1] !== name) continue;
      if (!Object.entries(labels).every(([key, value]) => (match[2] ?? '').includes(`${key}="${value}"`))) continue;
      sum += Number(match[3]);
      found = true;
    }
    if (!found) throw new Error(`no metric ${name} ${JSON.stringify(labels)}`);
    return sum;
  }
}
