// Writes the pictures of README.md from the running product: `node web/test/browser/pictures.js`. The people are drawn (support/portraits.js).
import { mkdirSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { openChromium } from './support/browsers.js';
import { admit, arrive, handle, inState, preside } from './support/people.js';
import { PORTRAITS, portraitDevices } from './support/portraits.js';
import { eventually } from './support/recognise.js';
import { Node } from './support/server.js';

const docs = join(dirname(fileURLToPath(import.meta.url)), '../../../docs');
/** A picture in a README must not weigh more, in bytes. */
const heaviest = 200_000;

const desktop = { viewport: { width: 1280, height: 800 }, locale: 'en-GB' };
const phone = { viewport: { width: 390, height: 844 }, deviceScaleFactor: 1.5, isMobile: true, hasTouch: true, locale: 'en-GB' };

/** @param {import('playwright-core').Page} page @param {string} name @param {boolean} [fullPage] what one would scroll to, too */
async function picture(page, name, fullPage = false) {
  const path = join(docs, `${name}.png`);
  await page.mouse.move(0, 0);
  await page.screenshot({ path, fullPage, animations: 'disabled' });
  const { size } = statSync(path);
  if (size > heaviest) throw new Error(`${path} has ${size} bytes, more than ${heaviest}`);
  console.log(`${path}: ${size} bytes`);
}

/** Until a page shows everybody's picture, and as sharp as it gets. @param {import('playwright-core').Page} page @param {number} width pixels of the picture */
const sharp = (page, width) => eventually(
  () => page.evaluate(() => [...document.querySelectorAll('[data-test="tile"]:not([data-self])')].map((tile) => (tile.classList.contains('tile-shown') ? (tile.querySelector('video')?.videoWidth ?? 0) : 0))),
  (widths) => widths.length > 0 && widths.every((one) => one >= width), `pictures of ${width} pixels`, 60_000);

mkdirSync(docs, { recursive: true });
const node = await Node.start({ ANTEROOM_SERVICE_NAME: 'Family Counselling', ANTEROOM_SERVICE_PHONE: '030 123456' });
const chrome = await openChromium('ada', { withoutDevices: true });
try {
  await node.counsellor('ada');
  const room = await node.room('ada', 'client:Ms M.', 'interpreter:Interpreter Dari');
  const contexts = await Promise.all([chrome.newContext(desktop), chrome.newContext(phone), chrome.newContext(desktop)]);
  const [atDesk, onPhone, beside] = contexts;
  await portraitDevices(atDesk, PORTRAITS.counsellor);
  await portraitDevices(onPhone, PORTRAITS.client, true);
  await portraitDevices(beside, PORTRAITS.interpreter);

  const counsellor = await preside(atDesk, room.counsellor_link);
  const client = await arrive(onPhone, room.persons[0].link);
  await eventually(() => handle(client, 'heard').innerText(), (words) => words.includes('Your microphone works'), 'the microphone to be heard');
  await picture(client, 'waiting-room', true);

  await admit(counsellor);
  await inState(client, 'call');
  await arrive(beside, room.persons[1].link);
  await handle(counsellor, 'waiting-item').waitFor();
  await sharp(counsellor, 640);
  await sharp(client, 640);
  // The first pictures of a line are coarse; the encoder needs some seconds for the fine ones.
  await new Promise((done) => setTimeout(done, 8000));
  await picture(counsellor, 'call');
  await picture(client, 'call-phone');
} finally {
  await chrome.close();
  await node.stop();
}
