/* The protocol: every example of PROTOCOL.md is read and written back unchanged; what is misshapen is refused whole. */
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { test } from 'node:test';

import { decode, encode } from '../../static/call/protocol.js';

const document = await readFile(new URL('../../../signaling/wire/PROTOCOL.md', import.meta.url), 'utf8');
const examples = [...document.matchAll(/^```json\n([\s\S]*?)\n```$/gm)].map(([, text]) => text);

test('the document has its examples', () => assert.ok(examples.length >= 40, `${examples.length} examples`));

for (const text of examples) {
  const { type } = JSON.parse(text);
  test(`${type}: ${text.slice(0, 60)}`, () => {
    const result = decode(text);
    assert.ok('message' in result, JSON.stringify(result));
    const { message } = result;
    assert.equal(encode(message.type, message.body, message.id), text);
  });

  test(`${type}: without any one of its fields, or with one of another type, it is refused or the field was optional`, () => {
    const optional = new Set(['consent', 'names', 'ticket', 'resume', 'fresh', 'self', 'members', 'publications', 'waiting', 'ends_at', 'person', 'label', 'slot', 'svc', 'screen', 'share', 'share_locked', 'sound_only', 'lines', 'sealed_only', 'chat', 'reentry', 'pin', 'quick', 'waited', 'exits', 'silent_sign', 'shown', 'relays', 'description', 'candidates', 'gently', 'forecast', 'identity', 'sealed_link', 'to', 'from', 'video_reserved', 'camera_check', 'consultation', 'groupable', 'groups', 'group', 'locked', 'stay_open', 'open_until', 'hand', 'frozen', 'receipt', 'entered_muted', 'stay', 'colleague', 'company', 'notes', 'promoted', 'may_promote', 'invited', 'locked_pins']);
    // The lines of an offer are not those of a room.
    if (type === 'offer') optional.delete('lines');
    if (type === 'stay') optional.add('sealed').add('consent_asked').delete('notes');
    if (type === 'withdraw') optional.add('participant');
    // Nor is what a pair shows.
    if (type !== 'room') optional.delete('shown');
    if (type === 'exits') optional.delete('exits');
    if (type === 'self') optional.add('audio').add('video');
    // The one thing that this self says.
    if (type === 'self') optional.delete('video_reserved');
    // A pin without anything in it takes the pin away.
    if (type === 'pin') for (const name of ['participant', 'source']) optional.delete(name);
    // Without anybody in it everybody's hand is meant; one's own always says where it is.
    if (type === 'lower_hand') optional.add('participant');
    if (type === 'own_hand') optional.delete('hand');
    if (type === 'promoted') optional.delete('members');
    // Which one is what these are about.
    if (['enter_group', 'grouped'].includes(type)) optional.delete('group');
    if (type === 'grouped') optional.delete('members');
    if (type === 'groups') optional.delete('groups');
    const whole = JSON.parse(text);
    for (const name of Object.keys(whole.body ?? {})) {
      const { [name]: value, ...rest } = whole.body;
      // A put_back without its participant is the event of that name, without its fields.
      assert.ok(optional.has(name) || 'refused' in decode(JSON.stringify({ ...whole, body: rest })), `without ${name}`);
      const other = typeof value === 'number' ? '1' : 7;
      assert.ok('refused' in decode(JSON.stringify({ ...whole, body: { ...whole.body, [name]: other } })), `${name} of another type`);
    }
  });
}

test('a camera that is reserved is shown to all again by oneself, and reserved by nobody for himself', () => {
  assert.ok('message' in decode('{"type":"self","body":{"video_reserved":false}}'));
  assert.ok('refused' in decode('{"type":"self","body":{"video_reserved":true}}'));
});

test('every reason of the document is understood', () => {
  for (const [type, from, to] of [['waiting_gone', 'is gone from the waiting room', ').'], ['member_gone', 'somebody is gone (', ').']]) {
    const at = document.indexOf(from);
    const reasons = [...document.slice(document.indexOf('`reason`: ', at) + 10, document.indexOf(to, at)).matchAll(/`(\w+)`/g)].map(([, reason]) => reason);
    assert.equal(reasons.length, type === 'member_gone' ? 5 : 4, reasons.join());
    for (const reason of reasons) assert.ok('message' in decode(JSON.stringify({ type, body: { participant: 'p', reason } })), `${type} ${reason}`);
  }
});

test('unknown fields are left out, unknown types told apart', () => {
  const result = decode('{"type":"muted","new":1,"seq":4,"body":{"kind":"audio","why":"x","__proto__":{"a":1}}}');
  assert.deepEqual(result, { message: { type: 'muted', seq: 4, body: { kind: 'audio' } } });
  assert.deepEqual(decode('{"type":"poll","body":{}}'), { unknown: 'poll' });
  for (const type of ['constructor', '__proto__', 'toString', 'put_back_event']) assert.deepEqual(decode(JSON.stringify({ type })), { unknown: type });
});

test('refused: what is no JSON, no object, too large, or over a bound', () => {
  const many = JSON.stringify({ type: 'speaker', body: { dominant: '', speaking: Array(65).fill('p') } });
  const wrong = [
    '', '{', '[]', 'null', '1', '"ok"', '{}', '{"type":1}', '{"type":"ok","id":0}', '{"type":"ok","id":1.5}', '{"type":"ok","id":2147483648}',
    '{"type":"self"}', '{"type":"self","body":{}}', '{"type":"ok","body":[]}', '{"type":"ok","body":null}', '{"type":"error"}', '{"type":"slots","body":{"seq":1,"pairs":65,"slots":[]}}', many,
    '{"type":"member","body":{"participant":"p","role":"admin","name":{"plain":""},"audio":true,"video":true,"connection":"ok"}}',
    '{"type":"member","body":{"participant":"p","role":"client","name":{"plain":"","sealed":""},"audio":true,"video":true,"connection":"ok"}}',
    `{"type":"error","body":{"code":"${'x'.repeat(65)}"}}`, `"${'x'.repeat(300_000)}"`,
  ];
  for (const text of wrong) assert.ok('refused' in decode(text), text.slice(0, 80));
  for (const data of [null, undefined, new ArrayBuffer(4), {}]) assert.ok('refused' in decode(data));
});

test('whatever comes, decoding does not throw', () => {
  // A fixed seed, so that a failure can be repeated (xorshift32).
  let seed = 0x9e3779b9;
  const random = () => {
    seed ^= seed << 13;
    seed ^= seed >>> 17;
    seed ^= seed << 5;
    return (seed >>> 0) / 2 ** 32;
  };
  for (let round = 0; round < 5000; round++) {
    const text = examples[Math.floor(random() * examples.length)];
    const at = Math.floor(random() * text.length);
    const piece = ['', '"', '{', '}', '[', ',', 'null', '0', '-1', '1e99', '\\u0000', 'é'][Math.floor(random() * 12)];
    const result = decode(text.slice(0, at) + piece + text.slice(at + Math.floor(random() * 4)));
    assert.ok('message' in result || 'unknown' in result || 'refused' in result);
  }
});
