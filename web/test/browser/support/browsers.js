// Starts the real browsers, each person in a browser context of his own, with devices that can be recognised.
import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { chromium, firefox } from 'playwright-core';
import { FACES, SIZE, STRIP, checksum, writeDevices } from './media.js';
import { eventually } from './recognise.js';

const CHROMIUM = ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking',
  '--disable-component-update', '--disable-sync', '--disable-dev-shm-usage', '--mute-audio',
  '--autoplay-policy=no-user-gesture-required', '--use-fake-device-for-media-stream', '--use-fake-ui-for-media-stream',
  '--force-fieldtrials=WebRTC-LegacySimulcastLayerLimit/Disabled/'];

const FIREFOX = {
  'media.navigator.streams.fake': true, 'media.navigator.permission.disabled': true, 'media.autoplay.default': 0,
  'media.peerconnection.ice.obfuscate_host_addresses': false, 'media.peerconnection.ice.loopback': true,
  'app.update.enabled': false, 'network.captive-portal-service.enabled': false, 'network.connectivity-service.enabled': false,
  'services.settings.server': 'data:,', 'media.gmp-manager.url': 'data:,',
};

/**
 * A Chromium whose camera and microphone are the face's files.
 * @param {keyof typeof FACES} face
 * @param {{args?: string[], withoutDevices?: boolean, refuse?: boolean, namespace?: string}} [options] namespace: of the network that it is in
 */
export async function openChromium(face, options = {}) {
  const folder = mkdtempSync(join(tmpdir(), 'anteroom-devices-'));
  const { camera, microphone } = writeDevices(folder, face);
  let args = [...CHROMIUM, `--use-file-for-fake-video-capture=${camera}`, `--use-file-for-fake-audio-capture=${microphone}`, ...(options.args ?? [])];
  if (options.withoutDevices) args = args.filter((arg) => !arg.startsWith('--use-f'));
  if (options.refuse) args = args.map((arg) => (arg === '--use-fake-ui-for-media-stream' ? '--use-fake-ui-for-media-stream=deny' : arg));
  const place = options.namespace
    ? { executablePath: fileURLToPath(new URL('in-namespace.sh', import.meta.url)), env: { ...process.env, NAMESPACE: options.namespace } }
    : { executablePath: '/usr/bin/chromium-headless-shell' };
  const browser = await chromium.launch({ ...place, headless: true, args });
  browser.on('disconnected', () => rmSync(folder, { recursive: true, force: true }));
  return browser;
}

/**
 * A Firefox; its devices are drawn in the page (syntheticDevices), because it takes no files. It gets a sound card that nobody hears:
 * without one its AudioContext never runs, and nothing could be listened to.
 * @param {Record<string, boolean | number | string>} [prefs] besides
 */
export async function openFirefox(prefs = {}) {
  const folder = mkdtempSync(join(tmpdir(), 'anteroom-sound-'));
  const socket = join(folder, 'native');
  const sound = spawn('pulseaudio', ['-n', '--daemonize=no', '--exit-idle-time=-1', '-L', `module-native-protocol-unix socket=${socket} auth-anonymous=1`, '-L', 'module-null-sink'],
    { env: { ...process.env, XDG_RUNTIME_DIR: folder, HOME: folder }, stdio: 'ignore' });
  const failed = new Promise((_, fail) => sound.once('error', fail));
  await Promise.race([failed, eventually(async () => existsSync(socket), Boolean, 'the sound server')]);
  const browser = await firefox.launch({
    channel: 'moz-firefox', executablePath: '/usr/bin/firefox-esr', headless: true, firefoxUserPrefs: { ...FIREFOX, ...prefs }, env: { ...process.env, PULSE_SERVER: `unix:${socket}` },
  });
  browser.on('disconnected', () => {
    sound.once('exit', () => rmSync(folder, { recursive: true, force: true }));
    sound.kill();
  });
  return browser;
}

/**
 * Replaces getUserMedia in a page before it loads: the same strip, colour and tone as the files, drawn on a canvas and played by an
 * oscillator; `flash` adds a white flash and a beep every second, begun in the same turn, for measuring lip-sync.
 * @param {import('playwright-core').BrowserContext} context
 * @param {keyof typeof FACES} face
 * @param {{flash?: boolean, width?: number, height?: number, fps?: number}} [options]
 */
export async function syntheticDevices(context, face, options = {}) {
  const { number, tone } = FACES[face];
  const frames = Array.from({ length: 256 }, (_, counter) => (number << 12) | (counter << 4) | checksum(number, counter));
  await context.addInitScript(({ frames, tone, SIZE, STRIP, options }) => {
    navigator.mediaDevices.getUserMedia = async (constraints) => {
      const tracks = [];
      const audio = new AudioContext();
      await audio.resume();
      const gain = audio.createGain();
      if (constraints?.audio) {
        const oscillator = audio.createOscillator();
        oscillator.frequency.value = tone;
        const out = audio.createMediaStreamDestination();
        oscillator.connect(gain).connect(out);
        gain.gain.value = options.flash ? 0 : 0.5;
        oscillator.start();
        tracks.push(...out.stream.getAudioTracks());
      }
      if (constraints?.video) {
        const canvas = document.createElement('canvas');
        canvas.width = options.width ?? SIZE.width;
        canvas.height = options.height ?? SIZE.height;
        const scale = canvas.width / SIZE.width;
        const context = /** @type {CanvasRenderingContext2D} */ (canvas.getContext('2d'));
        // Where the moment counts there are more pictures, taken when they were drawn; a flash is five of them, since any may be left out.
        const fps = options.flash ? 3 * SIZE.fps : options.fps ?? SIZE.fps;
        let n = 0;
        const draw = () => {
          const flash = options.flash && n % fps < 5;
          context.fillStyle = flash ? '#fff' : '#402030';
          context.fillRect(0, 0, canvas.width, canvas.height);
          const bits = frames[n % 256];
          for (let cell = 0; cell < STRIP.cells; cell++) {
            context.fillStyle = (bits >> (STRIP.cells - 1 - cell)) & 1 ? '#fff' : '#000';
            context.fillRect(cell * STRIP.cell * scale, STRIP.top * scale, STRIP.cell * scale, STRIP.height * scale);
          }
          if (flash && n % fps === 0) {
            gain.gain.setValueAtTime(0.8, audio.currentTime);
            gain.gain.setValueAtTime(0, audio.currentTime + 0.2);
          }
          n++;
        };
        draw();
        setInterval(draw, 1000 / fps);
        tracks.push(...canvas.captureStream(options.flash ? undefined : fps).getVideoTracks());
      }
      const made = new MediaStream(tracks);
      if (options.flash) /** @type {any} */ (window).flashing = made; // for `ownLips`
      return made;
    };
  }, { frames, tone, SIZE, STRIP, options });
}

/**
 * Replaces getDisplayMedia in a page before it loads: a "screen" of 1280 by 720 that shows the strip and plays the tone of a face.
 * @param {import('playwright-core').BrowserContext} context
 * @param {keyof typeof FACES} face
 */
export async function syntheticScreen(context, face) {
  const { number, tone } = FACES[face];
  const frames = Array.from({ length: 256 }, (_, counter) => (number << 12) | (counter << 4) | checksum(number, counter));
  await context.addInitScript(({ frames, tone, SIZE, STRIP }) => {
    if (!navigator.mediaDevices) return; // the empty page before
    navigator.mediaDevices.getDisplayMedia = async () => {
      const audio = new AudioContext();
      await audio.resume();
      const oscillator = audio.createOscillator();
      const gain = audio.createGain();
      oscillator.frequency.value = tone;
      gain.gain.value = 0.5;
      const out = audio.createMediaStreamDestination();
      oscillator.connect(gain).connect(out);
      oscillator.start();
      const canvas = document.createElement('canvas');
      canvas.width = 1280;
      canvas.height = 720;
      const scale = canvas.width / SIZE.width;
      const context = /** @type {CanvasRenderingContext2D} */ (canvas.getContext('2d'));
      let n = 0;
      const draw = () => {
        context.fillStyle = '#eee';
        context.fillRect(0, 0, canvas.width, canvas.height);
        const bits = frames[n++ % 256];
        for (let cell = 0; cell < STRIP.cells; cell++) {
          context.fillStyle = (bits >> (STRIP.cells - 1 - cell)) & 1 ? '#fff' : '#000';
          context.fillRect(cell * STRIP.cell * scale, STRIP.top * scale, STRIP.cell * scale, STRIP.height * scale);
        }
        context.fillStyle = '#222';
        context.font = '40px sans-serif';
        for (let row = 0; row < 8; row++) context.fillText(`Line ${row} of a letter that must be readable`, 60, 180 + 60 * row);
      };
      draw();
      setInterval(draw, 200);
      return new MediaStream([...canvas.captureStream(5).getVideoTracks(), ...out.stream.getAudioTracks()]);
    };
  }, { frames, tone, SIZE, STRIP });
}
