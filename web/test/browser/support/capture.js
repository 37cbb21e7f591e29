// What a node is sent: every RTP packet as the server has it, SRTP opened, from the first one on; and what of it is a picture or a sound again.
import { readFileSync } from 'node:fs';
import { OthersKeys } from '../../../static/e2ee/others_keys.js';
import { takeFrameApart } from '../../../static/e2ee/frame.js';
import { partsOfKeyId } from '../../../static/e2ee/own_keys.js';
import { FACES, SIZE, STRIP } from './media.js';
import { bitsOf, toneOf, whose } from './recognise.js';
import { binaryWith } from './server.js';

/** Where a node of `capturing` writes what it is sent. */
export const CAPTURE = 'ANTEROOM_CAPTURE';

/** The numbers of transport.Codec. */
const codecs = { red: 2, vp8: 3 };

/** Builds a node that keeps every RTP packet it is sent, before anything is decided about it. @returns {string} the path of the program */
export function capturing() {
  return binaryWith('sfu/transport/peerconnection/ingress.go', (text) => text
    .replace('"io"\n', '"fmt"\n\t"io"\n\t"os"\n')
    .replace('\tp.handler.RTP(r)\n', '\tcapture(p, r)\n\tp.handler.RTP(r)\n')
    .concat(`
var captured = func() *os.File {
	f, err := os.OpenFile(os.Getenv("${CAPTURE}"), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		panic(err)
	}
	return f
}()

func capture(p *peer, r *transport.Received) {
	fmt.Fprintf(captured, "{\\"peer\\":\\"%p\\",\\"video\\":%t,\\"codec\\":%d,\\"ssrc\\":%d,\\"seq\\":%d,\\"ts\\":%d,\\"marker\\":%t,\\"payload\\":\\"%x\\"}\\n",
		p, r.Codec.Kind() == transport.Video, r.Codec, r.SSRC, r.SequenceNumber, r.Timestamp, r.Marker, r.Payload)
}
`));
}

/**
 * One packet. Of a retransmission it is the original, on the SSRC that it came on.
 * @typedef {{ peer: string, video: boolean, codec: number, ssrc: number, seq: number, ts: number, marker: boolean, payload: string }} Packet payload: hex
 */
/** What one encoder made, as far as it came whole, in order. @typedef {{ peer: string, ssrc: number, video: boolean, frames: Buffer[] }} Stream */
/** A page's secret, as its worker was given it. @typedef {{ epoch: number, tag: number, secret: string }} Key secret: base64 */

/** @param {string} file @param {number} [from] how many packets to leave out @returns {Packet[]} */
export const captured = (file, from = 0) => readFileSync(file, 'utf8').split('\n').slice(from, -1).map((line) => JSON.parse(line));

/** The bytes of a VP8 packet behind its descriptor (RFC 7741, section 4.2). @param {Buffer} payload */
function vp8Of(payload) {
  let at = 1;
  if (payload[0] & 0x80) {
    const [, present] = payload;
    at++;
    if (present & 0x80) at += payload[at] & 0x80 ? 2 : 1;
    if (present & 0x40) at++;
    if (present & 0x30) at++;
  }
  return { begins: (payload[0] & 0x17) === 0x10, bytes: payload.subarray(at) };
}

/** The sounds in a packet that repeats what went before (RFC 2198, section 3): its past, and at the end what is new. @param {Buffer} payload */
function blocksOf(payload) {
  /** @type {number[]} */
  const lengths = [];
  let at = 0;
  for (; payload[at] & 0x80; at += 4) lengths.push(((payload[at + 2] & 3) << 8) | payload[at + 3]);
  at++;
  return [...lengths, Infinity].map((length) => payload.subarray(at, (at += length)));
}

/**
 * Puts packets together again. What is lost takes its frame with it.
 * @param {Packet[]} packets
 * @returns {Stream[]}
 */
export function assemble(packets) {
  /** @type {Map<string, Packet[]>} */
  const streams = new Map();
  for (const packet of packets) {
    // Padding alone, to find out what a line carries.
    if (packet.payload === '') continue;
    const name = `${packet.peer} ${packet.ssrc} ${packet.codec}`;
    streams.set(name, [...(streams.get(name) ?? []), packet]);
  }
  return [...streams.values()].flatMap((stream) => {
    const [{ peer, ssrc, video, codec }] = stream;
    if (video) return [{ peer, ssrc, video, frames: pictures(stream) }];
    const payloads = stream.map(({ payload }) => Buffer.from(payload, 'hex'));
    if (codec !== codecs.red) return [{ peer, ssrc, video, frames: payloads }];
    // What is repeated is looked at as a stream of its own.
    const blocks = payloads.map(blocksOf);
    const past = new Map(blocks.flatMap((all) => all.slice(0, -1)).map((block) => [block.toString('hex'), block]));
    return [{ peer, ssrc, video, frames: blocks.map((all) => all[all.length - 1]) }, { peer, ssrc, video, frames: [...past.values()] }];
  });
}

/** @param {Packet[]} packets of one stream */
function pictures(packets) {
  if (packets.some(({ codec }) => codec !== codecs.vp8)) throw new Error('a picture that is not VP8: nobody here can put it together');
  const [{ seq: first }] = packets;
  const bySeq = new Map(packets.map((packet) => [((packet.seq - first + 0x8000) & 0xffff) - 0x8000, packet]));
  /** @type {Buffer[]} */
  const frames = [];
  /** @type {Buffer[] | null} */
  let parts = null;
  let expected = NaN;
  for (const at of [...bySeq.keys()].sort((a, b) => a - b)) {
    const { payload, marker } = /** @type {Packet} */ (bySeq.get(at));
    const { begins, bytes } = vp8Of(Buffer.from(payload, 'hex'));
    if (begins) parts = [bytes];
    else if (at === expected) parts?.push(bytes);
    else parts = null;
    expected = at + 1;
    if (marker && parts) frames.push(Buffer.concat(parts));
    if (marker) parts = null;
  }
  return frames;
}

/** Whose key seals it, as it says itself; null where it is no sealed frame at all. @param {Stream} stream @param {Buffer} frame */
export function sealedBy({ video }, frame) {
  const apart = takeFrameApart(frame, video ? 1 : 0);
  return apart && partsOfKeyId(apart.keyId);
}

/**
 * What opens of streams with these keys.
 * @param {Stream[]} streams @param {Key[]} keys
 * @returns {Promise<Stream[]>}
 */
export function opened(streams, keys) {
  return Promise.all(streams.map(async (stream) => {
    /** One for each page, in one order with all its epochs. @type {Map<number, OthersKeys>} */
    const known = new Map();
    for (const { tag, epoch, secret } of keys) {
      const one = known.get(tag) ?? new OthersKeys();
      known.set(tag, one);
      one.learn('somebody', { tag, epoch, secret: Uint8Array.from(Buffer.from(secret, 'base64')) }, 0);
    }
    /** @type {Buffer[]} */
    const frames = [];
    let now = 0;
    for (const frame of stream.frames) {
      const by = sealedBy(stream, frame);
      const result = by && (await known.get(by.tag)?.open('somebody', stream.video ? 1 : 0, new Uint8Array(frame), now));
      if (result && 'frame' in result) frames.push(Buffer.from(result.frame));
      // Nothing is kept from being tried because much was tried in vain.
      now += 0.001;
    }
    return { ...stream, frames };
  }));
}

/** So many pictures in a row, each a little later than the one before it, are no chance. */
const enough = 3;

/** Whose pictures these are. @param {(number | null)[]} strips in order @returns {string[]} */
function facesOf(strips) {
  const found = strips.map(whose);
  const runs = found.filter((one, at) => one && Array.from({ length: enough - 1 }, (_, n) => [found[at + n], found[at + n + 1]])
    .every(([a, b]) => a && b && a.face === b.face && ((b.counter - a.counter) & 255) >= 1 && ((b.counter - a.counter) & 255) <= 20));
  return [...new Set(runs.flatMap((one) => one?.face ?? []))];
}

/**
 * Decodes streams as what they would be in clear, and looks and listens whether there is anybody in them.
 * @param {import('playwright-core').Page} page a Chromium's, in a secure context
 * @param {Stream[]} streams
 * @returns {Promise<{ faces: string[], tones: string[] }>}
 */
export async function recognised(page, streams) {
  const base64 = (/** @type {Stream} */ { frames }) => frames.map((frame) => frame.toString('base64'));
  const faces = new Set();
  const tones = new Set();
  const tools = `{ read: ${bitsOf}, all: ${decodeAll}, bytes: ${bytesOf} }`;
  for (const stream of streams) {
    if (stream.video) {
      const strips = await page.evaluate(`(${decodePictures})(${tools}, ${JSON.stringify([base64(stream), STRIP, SIZE])})`);
      for (const face of facesOf(/** @type {(number | null)[]} */ (strips))) faces.add(face);
    } else {
      const levels = await page.evaluate(`(${decodeSound})(${tools}, ${JSON.stringify([base64(stream), Object.values(FACES).map(({ tone }) => tone)])})`);
      const tone = toneOf(/** @type {number[]} */ (levels));
      if (tone) tones.add(tone);
    }
  }
  return { faces: [...faces].sort(), tones: [...tones].sort() };
}

/**
 * Runs in a page. One frame after the other, so that what a decoder refuses costs that frame alone, or of pictures those up to the next key frame.
 * @param {(then: { output: (data: any) => void, error: () => void }) => VideoDecoder | AudioDecoder} another a new decoder
 * @param {(Uint8Array<ArrayBuffer>)[]} frames
 * @param {(data: Uint8Array<ArrayBuffer>, n: number) => any} chunkOf
 * @param {(data: any) => void} take
 */
async function decodeAll(another, frames, chunkOf, take) {
  /** @type {any} */
  let decoder = null;
  let done = () => {};
  for (const [n, frame] of frames.entries()) {
    const chunk = chunkOf(frame, n);
    if (decoder?.state !== 'configured') {
      if (chunk.type !== 'key') continue;
      decoder = another({ output: (data) => { take(data); data.close(); done(); }, error: () => done() });
    }
    // Of what shows nothing, or nothing yet, there is no word.
    const decided = new Promise((settled) => { done = () => settled(undefined); setTimeout(done, 50); });
    try {
      decoder.decode(chunk);
    } catch {
      done();
    }
    await decided;
  }
  await decoder?.flush?.().catch(() => {});
}

/** Runs in a page. @param {string[]} frames in base64 */
const bytesOf = (frames) => frames.map((text) => Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0)));

/**
 * Runs in a page.
 * @param {{ read: typeof bitsOf, all: typeof decodeAll, bytes: typeof bytesOf }} tools
 * @param {[string[], typeof STRIP, typeof SIZE]} of frames in base64
 * @returns {Promise<(number | null)[]>} the strips of all pictures
 */
async function decodePictures({ read, all, bytes }, [frames, strip, size]) {
  /** @type {(number | null)[]} */
  const strips = [];
  await all(
    (then) => {
      const decoder = new VideoDecoder(then);
      decoder.configure({ codec: 'vp8', optimizeForLatency: true });
      return decoder;
    },
    bytes(frames), (data, n) => new EncodedVideoChunk({ type: (data[0] & 1) === 0 ? 'key' : 'delta', timestamp: n * 100_000, data }),
    (picture) => strips.push(read(picture, strip, size)),
  );
  return strips;
}

/**
 * Runs in a page.
 * @param {{ all: typeof decodeAll, bytes: typeof bytesOf }} tools
 * @param {[string[], number[]]} of frames in base64, tones in hertz
 * @returns {Promise<number[]>} how loud each tone is on the whole, in dB
 */
async function decodeSound({ all: decode, bytes }, [frames, tones]) {
  /** @type {Float32Array[]} */
  const samples = [];
  await decode(
    (then) => {
      const decoder = new AudioDecoder(then);
      decoder.configure({ codec: 'opus', sampleRate: 48_000, numberOfChannels: 2 });
      return decoder;
    },
    bytes(frames), (data, n) => new EncodedAudioChunk({ type: 'key', timestamp: n * 20_000, data }),
    (data) => {
      const plane = new Float32Array(data.numberOfFrames);
      data.copyTo(plane, { planeIndex: 0, format: 'f32-planar' });
      samples.push(plane);
    },
  );
  const all = new Float32Array(samples.reduce((sum, { length }) => sum + length, 0));
  samples.reduce((at, one) => (all.set(one, at), at + one.length), 0);
  const width = 4_096;
  // Beside each tone there has to be nothing: what a decoder makes of anything else may be loudest there by chance.
  const beside = [-120, -80, 80, 120];
  const sums = tones.map(() => [0, ...beside].map(() => 0));
  let windows = 0;
  for (let at = 0; at + width <= all.length; at += width, windows++) {
    tones.forEach((tone, which) => [0, ...beside].forEach((off, place) => {
      let [re, im] = [0, 0];
      for (let i = 0; i < width; i++) {
        const turn = (2 * Math.PI * i) / width;
        const value = all[at + i] * (0.42 - 0.5 * Math.cos(turn) + 0.08 * Math.cos(2 * turn));
        re += value * Math.cos((2 * Math.PI * (tone + off) * i) / 48_000);
        im += value * Math.sin((2 * Math.PI * (tone + off) * i) / 48_000);
      }
      sums[which][place] += (re * re + im * im) / (width * width);
    }));
  }
  return sums.map(([sum, ...others]) => (sum > 100 * Math.max(...others) ? 10 * Math.log10(sum / Math.max(1, windows)) : -200));
}
