/* An invented world for the engine's tests: a clock that moves when told, sockets and peer connections that remember what was done to them. */

/** Lets everything that is already settled run on. */
export async function settle() {
  for (let i = 0; i < 50; i++) await Promise.resolve();
  await new Promise((resolve) => setImmediate(resolve));
  for (let i = 0; i < 50; i++) await Promise.resolve();
}

/** Time that stands still until `advance`. */
export class Clock {
  time = 1_795_340_000_000;
  /** @type {{ at: number, callback: () => void }[]} */
  timers = [];

  now = () => this.time;

  /** @param {() => void} callback @param {number} ms */
  setTimeout = (callback, ms) => {
    const timer = { at: this.time + ms, callback };
    this.timers.push(timer);
    return timer;
  };

  /** @param {any} timer */
  clearTimeout = (timer) => {
    this.timers = this.timers.filter((other) => other !== timer);
  };

  /** Runs what falls due, in order, and lets the world settle in between. @param {number} ms */
  async advance(ms) {
    const end = this.time + ms;
    await settle();
    for (;;) {
      const [next] = this.timers.filter(({ at }) => at <= end).sort((a, b) => a.at - b.at);
      if (!next) break;
      this.clearTimeout(next);
      this.time = Math.max(this.time, next.at);
      next.callback();
      await settle();
    }
    this.time = end;
  }
}

/** A server end of websockets: every socket that the client opened, in order. */
export class Sockets {
  /** @type {Socket[]} */
  all = [];

  constructor() {
    const { all } = this;
    this.WebSocket = /** @type {any} */ (
      class extends Socket {
        /** @param {string} url */
        constructor(url) {
          super(url);
          all.push(this);
        }
      }
    );
  }

  get last() {
    return this.all[this.all.length - 1];
  }
}

export class Socket {
  bufferedAmount = 0;
  closed = false;
  /** @type {any[]} what the client said, parsed */
  said = [];
  /** @type {any} */ onopen = null;
  /** @type {any} */ onmessage = null;
  /** @type {any} */ onclose = null;

  /** @param {string} url */
  constructor(url) {
    this.url = url;
  }

  /** @param {string} text */
  send(text) {
    this.said.push(JSON.parse(text));
  }

  /** @type {number | undefined} */ code;

  /** @param {number} [code] */
  close(code) {
    this.closed = true;
    this.code = code;
  }

  open() {
    this.onopen?.();
  }

  /** @param {string} type @param {any} [body] @param {number} [id] */
  say(type, body, id) {
    this.onmessage?.({ data: JSON.stringify({ type, id, body }) });
  }

  /** @param {number} code */
  fail(code) {
    this.onclose?.({ code });
  }

  /** What the client said last of a type. @param {string} type */
  lastSaid(type) {
    return this.said.filter((message) => message.type === type).at(-1);
  }
}

/** @param {Partial<import('../../static/call/protocol.js').Welcome>} [more] @returns {any} */
export const welcome = (more) => ({
  version: 1, participant: 'me', role: 'client', phase: 'waiting', resume: 'resume-1', kept: false, other_device: false, now: 0, nodes: [],
  state: { counsellor: 'absent', room: { held: false, paused: false } }, ...more,
});

/** A tab's storage. */
export function storage() {
  /** @type {Map<string, string>} */
  const kept = new Map();
  return {
    kept,
    /** @param {string} key */
    getItem: (key) => kept.get(key) ?? null,
    /** @param {string} key @param {string} value */
    setItem: (key, value) => void kept.set(key, value),
    /** @param {string} key */
    removeItem: (key) => void kept.delete(key),
  };
}

/** A track of a device or of a peer. */
export class Track {
  readyState = 'live';
  contentHint = '';
  enabled = true;
  muted = false;
  /** @type {any} */ onmute = null;
  /** @type {any} */ onunmute = null;
  /** @type {any} */ onended = null;

  /** @param {'audio' | 'video'} kind @param {object} [settings] */
  constructor(kind, settings = { width: 1280, height: 720 }) {
    this.kind = kind;
    this.settings = settings;
  }

  getSettings() {
    return this.settings;
  }

  /** A camera that can do what is asked. @param {any} wanted */
  async applyConstraints({ width, height }) {
    this.settings = { width: width.ideal, height: height.ideal };
  }

  clone() {
    return new Track(this.kind, this.settings);
  }

  stop() {
    this.readyState = 'ended';
  }

  /** Unplugged. */
  end() {
    this.readyState = 'ended';
    this.onended?.();
  }
}

export class Stream {
  /** @param {any[]} [tracks] */
  constructor(tracks = []) {
    this.tracks = tracks;
  }

  getTracks() {
    return [...this.tracks];
  }

  /** @param {any} track */
  addTrack(track) {
    if (!this.tracks.includes(track)) this.tracks.push(track);
  }

  /** @param {any} track */
  removeTrack(track) {
    this.tracks = this.tracks.filter((one) => one !== track);
  }

  getAudioTracks() {
    return this.tracks.filter(({ kind }) => kind === 'audio');
  }

  getVideoTracks() {
    return this.tracks.filter(({ kind }) => kind === 'video');
  }
}

/** @param {object[]} entries @returns {any} */
export const report = (...entries) => new Map(entries.map((entry, i) => [String(i), entry]));

/** Peer connections that remember; `all` has every one that was made. */
export class PeerConnections {
  /** @type {PeerConnection[]} */
  all = [];

  constructor() {
    const { all } = this;
    this.RTCPeerConnection = /** @type {any} */ (
      class extends PeerConnection {
        /** @param {any} configuration */
        constructor(configuration) {
          super(configuration);
          all.push(this);
        }
      }
    );
  }

  get last() {
    return this.all[this.all.length - 1];
  }
}

export class PeerConnection {
  connectionState = 'new';
  iceConnectionState = 'new';
  /** @type {any} */ configuration = null; // none before it was set anew
  closed = false;
  /** @type {any} */ onconnectionstatechange = null;
  /** Whether the server is heard, and how often it was. */ beats = true;
  came = 0;
  /** @type {any[]} */ transceivers = [];
  /** @type {any[]} */ offers = [];
  /** @type {string[]} */ answers = [];
  /** @type {Error | null} what the next answer does */ refusal = null;

  /** @param {any} [configuration] */
  constructor(configuration) {
    this.made = configuration;
  }

  /** @param {'audio' | 'video'} kind @param {any} options */
  addTransceiver(kind, { direction, sendEncodings = [{}] }) {
    const transceiver = {
      kind, direction, mid: /** @type {string | null} */ (null), frames: /** @type {any} */ (null),
      sender: {
        track: null, encodings: sendEncodings, sent: /** @type {any[]} */ ([]),
        getParameters: () => ({ encodings: structuredClone(transceiver.sender.encodings) }),
        setParameters: async (/** @type {any} */ { encodings }) => void (transceiver.sender.encodings = encodings),
        replaceTrack: async (/** @type {any} */ track) => {
          transceiver.sender.track = track;
          transceiver.sender.sent.push(track);
        },
        getStats: async () => report({ type: 'transport', bytesReceived: (this.came += this.beats ? 1 : 0) }),
      },
      receiver: {
        track: new Track(kind),
        getStats: async () => report(...(transceiver.frames ? [{ type: 'inbound-rtp', kind: 'video', ...transceiver.frames }] : [])),
      },
    };
    this.transceivers.push(transceiver);
    return transceiver;
  }

  /** @param {any} options */
  async createOffer(options) {
    this.offers.push(options);
    return { type: 'offer', sdp: `v=0\r\na=mid:0\r\na=candidate:1 1 udp 1 10.0.0.7 5 typ host\r\na=end-of-candidates\r\ns=${this.transceivers.length}\r\n` };
  }

  async setLocalDescription() {
    this.transceivers.forEach((transceiver, i) => (transceiver.mid = String(i)));
  }

  /** @param {any} description */
  async setRemoteDescription({ sdp }) {
    if (this.refusal) throw this.refusal;
    this.answers.push(sdp);
  }

  async getStats() {
    return report();
  }

  /** As in Chromium, which takes no other wish for transforms than the first. @param {any} configuration */
  setConfiguration(configuration) {
    if (configuration.encodedInsertableStreams !== this.made?.encodedInsertableStreams) throw new DOMException('', 'InvalidModificationError');
    this.configuration = configuration;
  }

  /** @param {string} state */
  become(state) {
    this.connectionState = state;
    this.onconnectionstatechange?.();
  }

  close() {
    this.closed = true;
  }
}

/** Microphones and cameras: `answer` decides what the next question gives. */
export class MediaDevices {
  /** @type {any[]} */ asked = [];
  /** @type {Track[]} */ given = [];
  /** @type {(constraints: any) => Promise<any> | any} */ answer = () => null;
  /** @type {Map<string, () => void>} */ listeners = new Map();
  /** @type {any[]} */ devices = [];

  /** @param {any} constraints */
  async getUserMedia(constraints) {
    this.asked.push(constraints);
    const problem = await this.answer(constraints);
    if (problem) throw problem;
    const tracks = [...(constraints.audio ? [new Track('audio')] : []), ...(constraints.video ? [new Track('video')] : [])];
    this.given.push(...tracks);
    return new Stream(tracks);
  }

  async enumerateDevices() {
    return this.devices;
  }

  /** @param {string} type @param {() => void} listener */
  addEventListener(type, listener) {
    this.listeners.set(type, listener);
  }

  /** @param {string} type */
  removeEventListener(type) {
    this.listeners.delete(type);
  }
}

/** A worker that is told things, and the transforms that lead to it. */
export class Workers {
  /** @type {{ told: any[], options: any[], terminated: boolean, onmessage: any }[]} */
  all = [];

  constructor() {
    const { all } = this;
    this.transforms = {
      worker: () => {
        const worker = {
          told: /** @type {any[]} */ ([]), options: /** @type {any[]} */ ([]), terminated: false, onmessage: /** @type {any} */ (null),
          postMessage: (/** @type {any} */ message) => void worker.told.push(message),
          terminate: () => (worker.terminated = true),
        };
        all.push(worker);
        return /** @type {any} */ (worker);
      },
      RTCRtpScriptTransform: /** @type {any} */ (class {
        constructor(/** @type {any} */ worker, /** @type {any} */ options) {
          worker.options.push(options);
        }
      }),
      RTCRtpSender: undefined,
    };
  }

  get last() {
    return this.all[this.all.length - 1];
  }
}

/** Everything the engine needs, invented. */
export function world() {
  const clock = new Clock();
  const sockets = new Sockets();
  const peers = new PeerConnections();
  const workers = new Workers();
  const mediaDevices = new MediaDevices();
  const tab = storage();
  /** @type {{ path: string, body: any }[]} */
  const posted = [];
  /** @type {Set<() => void>} */ const wakers = new Set();
  /** @type {Set<(hidden: boolean) => void>} */ const hiders = new Set();
  /** What the HTTP API answers: status and body. @type {{ answer: (path: string, body: any) => [number, any] | Promise<[number, any]> }} */
  const api = { answer: () => [200, { ticket: 'ticket-1' }] };
  /** @type {import('../../static/call/env.js').Env} */
  const env = /** @type {any} */ ({
    now: clock.now, setTimeout: clock.setTimeout, clearTimeout: clock.clearTimeout, random: () => 1,
    WebSocket: sockets.WebSocket, RTCPeerConnection: peers.RTCPeerConnection, MediaStream: Stream, RTCRtpReceiver: undefined,
    AudioContext: undefined, transforms: workers.transforms, mediaDevices, sessionStorage: tab,
    location: { protocol: 'https:', host: 'host.example' },
    browser: { userAgent: 'X', secure: true, maxTouchPoints: 0 },
    /** @param {string} path @param {any} init */
    fetch: async (path, init) => {
      const body = init.body === undefined ? undefined : JSON.parse(init.body);
      posted.push({ path, body });
      const [status, said] = await api.answer(path, body);
      return { status, ok: status < 300, json: async () => said };
    },
    /** @param {() => void} callback */
    onWake: (callback) => (wakers.add(callback), () => wakers.delete(callback)),
    /** @param {(hidden: boolean) => void} callback */
    hidden: () => false,
    onHidden: (callback) => (hiders.add(callback), () => hiders.delete(callback)),
  });
  return {
    env, clock, sockets, peers, workers, mediaDevices, tab, posted, api,
    wake: () => wakers.forEach((callback) => callback()),
    /** @param {boolean} hidden */
    hide: (hidden) => hiders.forEach((callback) => callback(hidden)),
  };
}
