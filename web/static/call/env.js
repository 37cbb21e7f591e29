/**
 * What the engine of a call needs from the world around it: network, media, storage, time.
 *
 * **Everything is passed in.** No file of `call/` touches `window`, a clock or a random source by itself, so the whole engine runs
 * under a test that invents them.
 */

/**
 * @typedef {object} Env
 * @property {typeof globalThis.fetch} fetch
 * @property {typeof WebSocket} WebSocket
 * @property {typeof RTCPeerConnection} RTCPeerConnection
 * @property {typeof MediaStream} MediaStream
 * @property {typeof RTCRtpReceiver | undefined} RTCRtpReceiver its static `getCapabilities` gives the codecs
 * @property {MediaDevices | undefined} mediaDevices absent outside a secure context and in many browsers inside apps
 * @property {typeof AudioContext | undefined} AudioContext
 * @property {import('../e2ee/sealer.js').Transforms} transforms what leads frames through a worker, as far as the browser has it
 * @property {Pick<Storage, 'getItem' | 'setItem' | 'removeItem'>} sessionStorage never throws; where it is forbidden or full it keeps nothing
 * @property {Pick<Location, 'protocol' | 'host'>} location
 * @property {Browser} browser
 * @property {(callback: () => void, ms: number) => any} setTimeout
 * @property {(timer: any) => void} clearTimeout
 * @property {() => number} now milliseconds since 1970
 * @property {() => number} random from 0 to below 1; spreads reconnects in time, decides nothing secret
 * @property {(callback: () => void) => (() => void)} onWake
 *   calls back when waiting for a timer would waste time: the network came back, the page left the background. Gives the way to unsubscribe.
 * @property {(callback: (hidden: boolean) => void) => (() => void)} onHidden the page went out of sight, or came back
 * @property {() => boolean} hidden whether the page is out of sight now
 */

/**
 * What is known of the browser, for error texts and the note "phone" in the waiting list.
 * @typedef {object} Browser
 * @property {string} userAgent
 * @property {boolean} secure whether the page is a secure context
 * @property {number} maxTouchPoints
 * @property {boolean} [mobile] as client hints have it, where there are any
 * @property {boolean} [saveData] the person asked for little data
 * @property {number} [cores] processor threads, as far as the browser tells
 */

/**
 * The real world.
 * @param {Window & typeof globalThis} window
 * @returns {Env}
 */
export function browserEnv(window) {
  const { navigator } = window;
  /** @type {any} */
  let address;
  return {
    fetch: (input, init) => window.fetch(input, init),
    WebSocket: window.WebSocket,
    RTCPeerConnection: window.RTCPeerConnection,
    MediaStream: window.MediaStream,
    RTCRtpReceiver: window.RTCRtpReceiver,
    mediaDevices: navigator.mediaDevices,
    AudioContext: window.AudioContext,
    transforms: {
      RTCRtpScriptTransform: /** @type {any} */ (window).RTCRtpScriptTransform,
      RTCRtpSender: window.RTCRtpSender,
      worker: () => new window.Worker((address ??= ofOurs(window)), { type: 'module' }),
    },
    sessionStorage: tabStorage(window),
    location: window.location,
    browser: {
      userAgent: navigator.userAgent,
      secure: window.isSecureContext,
      maxTouchPoints: navigator.maxTouchPoints,
      mobile: /** @type {any} */ (navigator).userAgentData?.mobile,
      saveData: /** @type {any} */ (navigator).connection?.saveData,
      cores: navigator.hardwareConcurrency,
    },
    setTimeout: (callback, ms) => window.setTimeout(callback, ms),
    clearTimeout: (timer) => window.clearTimeout(timer),
    now: () => Date.now(),
    random: () => Math.random(),
    onWake(callback) {
      const visible = () => {
        if (window.document.visibilityState === 'visible') callback();
      };
      // Wi-Fi to mobile network: told by browsers that have the Network Information API. They tell of every new estimate of the line's
      // speed too; a slow line that was asked then, and given little time, would be taken for a dead one.
      const network = /** @type {any} */ (navigator).connection;
      let type = network?.type;
      const changed = () => {
        if (network.type === type) return;
        type = network.type;
        callback();
      };
      network?.addEventListener?.('change', changed);
      window.addEventListener('online', callback);
      window.addEventListener('pageshow', callback);
      window.document.addEventListener('visibilitychange', visible);
      return () => {
        network?.removeEventListener?.('change', changed);
        window.removeEventListener('online', callback);
        window.removeEventListener('pageshow', callback);
        window.document.removeEventListener('visibilitychange', visible);
      };
    },
    onHidden(callback) {
      const tell = () => callback(window.document.visibilityState === 'hidden');
      window.document.addEventListener('visibilitychange', tell);
      return () => window.document.removeEventListener('visibilitychange', tell);
    },
    hidden: () => window.document.visibilityState === 'hidden',
  };
}

/** The one address that a worker may be made of; where texts are not trusted (Trusted Types), it is the one thing that our policy makes. @param {Window & typeof globalThis} window */
function ofOurs(window) {
  const address = new URL('../e2ee/worker.js', import.meta.url).href;
  return /** @type {any} */ (window).trustedTypes?.createPolicy('anteroom', { createScriptURL: () => address }).createScriptURL('') ?? address;
}

/**
 * The tab's storage. Where the person forbade it, touching it throws; where it is full, writing does: a call needs neither.
 * @param {Pick<Window, 'sessionStorage'>} window
 * @returns {Env['sessionStorage']}
 */
export function tabStorage(window) {
  /** @template T @param {(storage: Storage) => T} use @returns {T | null} */
  const attempt = (use) => {
    try {
      return use(window.sessionStorage);
    } catch {
      return null;
    }
  };
  return {
    getItem: (key) => attempt((storage) => storage.getItem(key)),
    setItem: (key, value) => void attempt((storage) => storage.setItem(key, value)),
    removeItem: (key) => void attempt((storage) => storage.removeItem(key)),
  };
}

/**
 * What kind of device this is, as the counsellor reads it beside a waiting person.
 * @param {Browser} browser
 * @returns {'phone' | 'tablet' | 'computer'}
 */
export function deviceKind({ userAgent, maxTouchPoints, mobile }) {
  if (mobile || /iPhone|iPod|Android.*Mobile|Windows Phone/.test(userAgent)) return 'phone';
  // An iPad calls itself a Macintosh; no Macintosh has a touch screen.
  if (/iPad|Android|Tablet/.test(userAgent) || (/Macintosh/.test(userAgent) && maxTouchPoints > 1)) return 'tablet';
  return 'computer';
}
