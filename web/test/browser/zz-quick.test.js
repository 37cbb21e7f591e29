import { after, before, describe, test } from 'node:test';
import { openChromium, syntheticDevices } from '/work/main/web/test/browser/support/browsers.js';
import { admit, arrive, inState, otherVideo, preside } from '/work/main/web/test/browser/support/people.js';
import { eventually, seen, heard } from '/work/main/web/test/browser/support/recognise.js';
import { Node } from '/work/main/web/test/browser/support/server.js';
test('quick', async () => {
  const node = await Node.start();
  const chrome = await openChromium('ada');
  const chromeB = await openChromium('ben');
  await node.counsellor('ada');
  const room = await node.roomWith(['--policy', process.env.POLICY ?? 'gruppe'], 'ada', 'client:Ben');
  const ca = await chrome.newContext(); const cb = await chromeB.newContext();
  for (const c of [ca, cb]) { c.on('console', (m) => console.log('console', m.text())); c.on('weberror', (e) => console.log('error', e.error())); }
  for (const c of [ca, cb]) await c.addInitScript(() => {
    const W = window.Worker;
    window.counts = {};
    window.pcs = [];
    window.Worker = class extends W { constructor(...a) { super(...a); this.addEventListener('message', ({ data }) => { if (data.type === 'counts') Object.assign(window.counts, data.counts); else (window.msgs ??= []).push(JSON.stringify(data)); }); } };
    const P = window.RTCPeerConnection;
    window.RTCPeerConnection = class extends P { constructor(...a) { super(...a); window.pcs.push(this); } };
  });
  const ada = await preside(ca, room.counsellor_link);
  const ben = await arrive(cb, room.persons[0].link);
  await admit(ada); await inState(ben, 'call');
  const t = Date.now();
  try {
    await eventually(() => seen(ben, '[data-test="tile"]:not([data-self]) video'), (f) => f?.face === 'ada', 'ada', 8000);
    console.log('seen after', Date.now() - t);
    await eventually(() => heard(ben, '[data-test="tile"]:not([data-self]) video'), (f) => f === 'ada', 'ada heard', 8000);
    await eventually(() => seen(ada, '[data-test="tile"]:not([data-self]) video'), (f) => f?.face === 'ben', 'ben', 8000);
    console.log('all after', Date.now() - t);
    console.log('lock', await ada.locator('[data-lock]').getAttribute('data-lock'), await ben.locator('[data-lock]').getAttribute('data-lock'));
    await ada.screenshot({ path: '/tmp/ada0.png' });
    await ada.locator('[data-test="lock"]').click();
    await ada.screenshot({ path: '/tmp/ada1.png' });
    await ada.locator('[data-test="compare"]').click();
    await ben.locator('[data-test="two-words"]').waitFor();
    console.log('words', await ada.locator('[data-test="two-words"]').textContent(), '/', await ben.locator('[data-test="two-words"]').textContent());
    await ben.screenshot({ path: '/tmp/ben1.png' });
    await ada.locator('[data-test="words-same"]').click();
    await ben.locator('[data-test="words-same"]').click();
    await eventually(() => ada.locator('[data-lock]').getAttribute('data-lock'), (l) => l === 'protected', 'lock');
    await eventually(() => ben.locator('[data-lock]').getAttribute('data-lock'), (l) => l === 'protected', 'lock b');
  } finally {
    for (const [n, p] of [['ada', ada], ['ben', ben]]) console.log(n, await p.evaluate(async () => {
      const out = [JSON.stringify(window.counts), JSON.stringify(window.msgs)];
      for (const pc of window.pcs) for (const [, s] of await pc.getStats()) if (/bound-rtp/.test(s.type) && !/remote/.test(s.type)) out.push([s.type, s.kind, s.rid, s.packetsSent, s.packetsReceived, s.framesDecoded, s.totalSamplesReceived, s.concealedSamples, s.totalAudioEnergy, s.codecId].join(' '));
      return out.join('\n');
    }));
    await ada.screenshot({ path: '/tmp/ada.png' });
    await ben.screenshot({ path: '/tmp/ben.png' });
    await chrome.close(); await chromeB.close(); await node.stop();
  }
});
