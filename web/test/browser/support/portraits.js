// Drawn people in drawn rooms, as the cameras of the pictures in README and docs: nobody real, and nothing loaded.

/**
 * @typedef {object} Portrait
 * @property {string} wall colour of the wall behind
 * @property {string} floor of what stands before it: a shelf, a sofa
 * @property {string} skin
 * @property {string} shade of the skin, for neck and cheeks
 * @property {string} hair
 * @property {string} top what the person wears
 * @property {'bun' | 'short' | 'scarf'} head
 * @property {'window' | 'shelf' | 'plant'} room
 * @property {boolean} [glasses]
 */

/** @type {Record<string, Portrait>} */
export const PORTRAITS = {
  counsellor: { wall: '#e9dcc6', floor: '#c9a87c', skin: '#e8b995', shade: '#d99f78', hair: '#6b6259', top: '#2f6f66', head: 'short', room: 'shelf', glasses: true },
  client: { wall: '#cfdde3', floor: '#9db4bf', skin: '#c98f66', shade: '#b57a52', hair: '#2b211c', top: '#b5533c', head: 'bun', room: 'window' },
  interpreter: { wall: '#e3d9e6', floor: '#b9a6c2', skin: '#dba67f', shade: '#c98f68', hair: '#3f4f86', top: '#59618f', head: 'scarf', room: 'plant' },
};

/**
 * Gives every page of a context a camera that shows the person, breathing, and a microphone with a soft hum.
 * @param {import('playwright-core').BrowserContext} context
 * @param {Portrait} portrait
 * @param {boolean} [upright] as a phone films
 */
export async function portraitDevices(context, portrait, upright = false) {
  await context.addInitScript(({ portrait, upright }) => {
    const [width, height] = upright ? [720, 960] : [1280, 720];

    /** @param {CanvasRenderingContext2D} c @param {string} colour @param {(c: CanvasRenderingContext2D) => void} path */
    const fill = (c, colour, path) => {
      c.fillStyle = colour;
      c.beginPath();
      path(c);
      c.fill();
    };

    /** The room behind the person. @param {CanvasRenderingContext2D} c */
    const room = (c) => {
      fill(c, portrait.wall, () => c.rect(0, 0, width, height));
      fill(c, portrait.floor, () => c.rect(0, height * 0.86, width, height));
      const left = width * 0.1;
      if (portrait.room === 'window') {
        fill(c, '#ffffff', () => c.roundRect(left - 12, 60, 264, 344, 12));
        fill(c, '#a9d3ea', () => c.rect(left, 72, 240, 320));
        fill(c, '#f4e3a1', () => c.arc(left + 180, 140, 34, 0, 7));
        fill(c, '#7fae7a', () => c.ellipse(left + 90, 400, 150, 90, 0, Math.PI, 0));
        fill(c, '#ffffff', () => { c.rect(left + 114, 72, 12, 320); c.rect(left, 222, 240, 12); });
      } else if (portrait.room === 'shelf') {
        const colours = ['#8c4a1f', '#185c51', '#c98b2d', '#5d7f9e', '#a34a3f', '#6b6259'];
        for (const [row, count] of [[150, 6], [330, 4]]) {
          for (let i = 0; i < count; i++) fill(c, colours[(i + count) % 6], () => c.roundRect(left + i * 40, row - 100 - (i % 3) * 12, 30, 100 + (i % 3) * 12, 4));
          fill(c, '#8a6b45', () => c.rect(left - 20, row, 300, 14));
        }
        fill(c, '#5f9a6b', () => { c.ellipse(left + 210, 262, 46, 56, 0, 0, 7); });
        fill(c, '#b5533c', () => c.roundRect(left + 182, 284, 56, 46, 8));
      } else {
        for (const turn of [-0.9, -0.45, 0, 0.45, 0.9]) {
          c.save();
          c.translate(left + 90, height * 0.72);
          c.rotate(turn);
          fill(c, turn === 0 ? '#4d8a5b' : '#66a374', () => c.ellipse(0, -130, 34, 140, 0, 0, 7));
          c.restore();
        }
        fill(c, '#b5533c', () => c.roundRect(left + 30, height * 0.7, 120, 130, 12));
      }
    };

    /** @param {CanvasRenderingContext2D} c @param {number} time seconds */
    const person = (c, time) => {
      const breath = Math.sin(time * 1.6) * 3;
      const x = width / 2;
      const y = height * (upright ? 0.45 : 0.46) + breath;
      const s = upright ? 1 : 0.95;
      c.save();
      c.translate(x, y);
      c.scale(s, s);
      if (portrait.head === 'bun') {
        fill(c, portrait.hair, () => c.arc(0, -178, 56, 0, 7));
        fill(c, portrait.hair, () => c.ellipse(0, -18, 138, 164, 0, 0, 7));
      }
      if (portrait.head === 'scarf') fill(c, portrait.hair, () => c.ellipse(0, 10, 152, 196, 0, 0, 7));
      // Shoulders, neck, collar.
      fill(c, portrait.top, () => c.roundRect(-270, 210, 540, 520, [190, 190, 0, 0]));
      fill(c, portrait.shade, () => c.roundRect(-46, 90, 92, 160, 40));
      if (portrait.head === 'scarf') fill(c, portrait.hair, () => c.ellipse(0, 196, 118, 70, 0, 0, 7));
      else fill(c, portrait.shade, () => c.ellipse(0, 216, 72, 44, 0, 0, Math.PI));
      // Head.
      if (portrait.head !== 'scarf') fill(c, portrait.skin, () => { c.ellipse(-112, 6, 22, 34, 0, 0, 7); c.ellipse(112, 6, 22, 34, 0, 0, 7); });
      fill(c, portrait.skin, () => c.ellipse(0, 0, 112, 144, 0, 0, 7));
      if (portrait.head === 'short') fill(c, portrait.hair, () => { c.ellipse(0, -50, 120, 112, 0, Math.PI, 0); c.lineTo(114, 4); c.quadraticCurveTo(104, -60, 76, -92); c.quadraticCurveTo(-20, -64, -84, -98); c.quadraticCurveTo(-106, -60, -114, 4); });
      if (portrait.head === 'bun') fill(c, portrait.hair, () => { c.ellipse(0, -52, 118, 112, 0, Math.PI, 0); c.quadraticCurveTo(70, -112, -8, -108); c.quadraticCurveTo(-90, -100, -118, -52); });
      if (portrait.head === 'scarf') fill(c, portrait.hair, () => { c.ellipse(0, -40, 122, 116, 0, Math.PI, 0); c.quadraticCurveTo(70, -104, 0, -104); c.quadraticCurveTo(-70, -104, -122, -40); });
      // Face.
      c.globalAlpha = 0.5;
      fill(c, portrait.shade, () => { c.ellipse(-62, 46, 24, 16, 0, 0, 7); c.ellipse(62, 46, 24, 16, 0, 0, 7); });
      c.globalAlpha = 1;
      fill(c, '#2a211d', () => { c.ellipse(-42, 0, 10, 13, 0, 0, 7); c.ellipse(42, 0, 10, 13, 0, 0, 7); });
      c.lineCap = 'round';
      c.strokeStyle = portrait.head === 'scarf' ? '#4a352b' : portrait.hair;
      c.lineWidth = 8;
      c.beginPath();
      c.moveTo(-62, -32); c.quadraticCurveTo(-44, -44, -24, -34);
      c.moveTo(24, -34); c.quadraticCurveTo(44, -44, 62, -32);
      c.stroke();
      c.strokeStyle = portrait.shade;
      c.beginPath();
      c.moveTo(2, 8); c.quadraticCurveTo(14, 34, -4, 38);
      c.stroke();
      c.strokeStyle = '#9c4a3c';
      c.beginPath();
      c.moveTo(-36, 72); c.quadraticCurveTo(0, 96 + Math.sin(time * 5) * 4, 36, 72);
      c.stroke();
      if (portrait.glasses) {
        c.strokeStyle = '#33403d';
        c.lineWidth = 6;
        c.beginPath();
        c.roundRect(-76, -24, 62, 50, 18);
        c.roundRect(14, -24, 62, 50, 18);
        c.moveTo(-14, -4); c.lineTo(14, -4);
        c.stroke();
      }
      c.restore();
    };

    const camera = () => {
      const canvas = document.createElement('canvas');
      [canvas.width, canvas.height] = [width, height];
      const context = /** @type {CanvasRenderingContext2D} */ (canvas.getContext('2d'));
      const draw = () => {
        room(context);
        person(context, performance.now() / 1000);
      };
      draw();
      setInterval(draw, 100);
      return canvas.captureStream(10).getVideoTracks();
    };

    const microphone = async () => {
      const audio = new AudioContext();
      await audio.resume();
      const voice = audio.createOscillator();
      voice.frequency.value = 180;
      const gain = audio.createGain();
      gain.gain.value = 0.06;
      const out = audio.createMediaStreamDestination();
      voice.connect(gain).connect(out);
      voice.start();
      return out.stream.getAudioTracks();
    };

    if (!navigator.mediaDevices) return;
    navigator.mediaDevices.getUserMedia = async (constraints) =>
      new MediaStream([...(constraints?.video ? camera() : []), ...(constraints?.audio ? await microphone() : [])]);
  }, { portrait, upright });
}
