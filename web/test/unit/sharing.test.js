/* One's own screen, what one wants to receive, and what of a camera is sent. */
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { encodingsFor, preferring } from '../../static/call/encodings.js';
import { Receiving } from '../../static/call/receiving.js';
import { Screen } from '../../static/call/screen.js';

function track() {
  return /** @type {any} */ ({ readyState: 'live', contentHint: '', onended: null, stop() { this.readyState = 'ended'; } });
}

/** @param {{ refuse?: string, disagree?: boolean }} [options] */
function stage({ refuse, disagree } = {}) {
  const picture = track();
  const sound = track();
  /** @type {[string, any][]} */
  const sent = [];
  /** @type {boolean[]} */
  const said = [];
  const stream = { getVideoTracks: () => [picture], getAudioTracks: () => [sound], getTracks: () => [picture, sound] };
  const mediaDevices = /** @type {any} */ ({
    getDisplayMedia: async () => {
      if (refuse) throw Object.assign(new Error(refuse), { name: refuse });
      return stream;
    },
  });
  const screen = new Screen({ mediaDevices }, (kind, one) => sent.push([kind, one]), async ({ screen: on }) => {
    said.push(on);
    if (disagree) throw new Error('no');
  });
  return { screen, picture, sound, sent, said };
}

test('a screen is sent when the browser and the server have agreed, to be read', async () => {
  const { screen, picture, sound, sent, said } = stage();
  await screen.begin();
  assert.equal(screen.state.value.state, 'on');
  assert.deepEqual(said, [true]);
  assert.deepEqual(sent, [['screen', picture], ['sound', sound]]);
  assert.equal(picture.contentHint, 'detail');
  // The browser's own "stop sharing" ends it as well.
  picture.onended();
  assert.equal(screen.state.value.state, 'off');
  assert.deepEqual(said, [true, false]);
  assert.deepEqual(sent.slice(2), [['screen', null], ['sound', null]]);
  assert.equal(sound.readyState, 'ended');
});

test('nothing is sent where the person, the browser or the server does not agree', async () => {
  for (const [options, state] of /** @type {const} */ ([[{ refuse: 'NotAllowedError' }, 'off'], [{ refuse: 'NotFoundError' }, 'blocked'], [{ disagree: true }, 'blocked']])) {
    const { screen, picture, sent } = stage(options);
    await screen.begin();
    assert.equal(screen.state.value.state, state);
    assert.deepEqual(sent, []);
    if ('disagree' in options) assert.equal(picture.readyState, 'ended');
  }
  const none = new Screen({ mediaDevices: undefined }, () => assert.fail('sent'), async () => assert.fail('said'));
  assert.equal(none.supported, false);
  await none.begin();
});

test('a counsellor ends it, and the screen says who did', async () => {
  const { screen, picture, said } = stage();
  await screen.begin();
  screen.muted();
  assert.deepEqual(screen.state.value, { state: 'off', mutedBy: 'counsellor' });
  assert.equal(picture.readyState, 'ended');
  assert.deepEqual(said, [true]);
});

test('the preference is told again after every break, where it is not the usual one', async () => {
  /** @type {string[]} */
  const asked = [];
  const receiving = new Receiving(async (preference) => void asked.push(preference), () => {});
  receiving.enter(false);
  assert.deepEqual(asked, []);
  await receiving.prefer('saver');
  receiving.enter(true);
  assert.deepEqual(asked, ['saver', 'saver']);
});

test('paused pictures and weak lines are what was said last, and forgotten with the media session', () => {
  const receiving = new Receiving(async () => {}, () => {});
  assert.ok(receiving.apply({ type: 'pictures_paused', body: { publications: ['u1'] } }));
  assert.ok(receiving.apply({ type: 'line', body: { participant: 'a', quality: 'bad' } }));
  assert.deepEqual([...receiving.weakLines.value], [['a', 'bad']]);
  receiving.apply({ type: 'line', body: { participant: 'a', quality: 'good' } });
  assert.equal(receiving.weakLines.value.size, 0);
  receiving.enter(true);
  assert.deepEqual(receiving.paused.value, ['u1']);
  receiving.enter(false);
  assert.deepEqual(receiving.paused.value, []);
  assert.equal(receiving.apply({ type: 'member', body: {} }), false);
});

test('layers that nobody watches are not sent; who wants a larger one than there is gets the largest', () => {
  const active = (/** @type {number} */ width, /** @type {number} */ height, /** @type {any} */ bounds) => encodingsFor(width, height, bounds).map((one) => one.active);
  assert.deepEqual(active(1280, 720, {}), [true, true, true]);
  assert.deepEqual(active(1280, 720, { demand: [2] }), [false, false, true]);
  assert.deepEqual(active(1280, 720, { demand: [0, 1] }), [true, true, false]);
  assert.deepEqual(active(1280, 720, { demand: [] }), [false, false, false]);
  assert.deepEqual(active(640, 360, { demand: [2] }), [false, true, false]);
  assert.deepEqual(active(320, 180, { demand: [2] }), [true, false, false]);
  assert.deepEqual(active(1280, 720, { demand: [2], saver: true }), [true, false, false]);
  assert.deepEqual(active(1280, 720, { saver: true }), [true, false, false]);
});

test('codecs are put in order, and none is left out', () => {
  const codecs = ['audio/opus', 'audio/G722', 'audio/red'].map((mimeType) => ({ mimeType }));
  assert.deepEqual(preferring(codecs, 'audio/RED', 'audio/opus').map(({ mimeType }) => mimeType), ['audio/red', 'audio/opus', 'audio/G722']);
  assert.deepEqual(preferring(codecs, 'audio/none').map(({ mimeType }) => mimeType), ['audio/opus', 'audio/G722', 'audio/red']);
});
