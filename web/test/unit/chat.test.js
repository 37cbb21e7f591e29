/* Messages from page to page: to all or to one, answered or shown as not delivered, from pages that keep to no rule, and gone at the end. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Chat } from '../../static/call/chat.js';
import { newId } from '../../static/call/message.js';
import { signal } from '../../static/third_party/preact.js';
import { Clock } from './fakes.js';

/** A room of pages, as the server tells each of them. */
class Room {
  clock = new Clock();
  room = signal({ held: false, paused: false });
  rule = signal(/** @type {any} */ ('all'));
  /** @type {Map<string, { chat: Chat, me: any, members: any, member: any }>} */ pages = new Map();
  /** @type {{ from: string, to: string, content: any, at: number }[]} */ said = [];
  /** @type {(from: string, to: string, content: any) => boolean} */ loses = () => false;

  /** @param {string} name @param {string} role */
  join(name, role) {
    const member = { participant: name, role, identity: `identity of ${name}`, name: { plain: name }, audio: true, video: true, connection: 'ok' };
    const [me, members] = [signal(/** @type {any} */ ({ participant: name, role })), signal(/** @type {any[]} */ ([]))];
    const say = (/** @type {string} */ to, /** @type {any} */ content) => {
      const copy = JSON.parse(JSON.stringify(content));
      this.said.push({ from: name, to, content: copy, at: this.clock.now() });
      if (!this.loses(name, to, copy)) this.clock.setTimeout(() => this.pages.get(to)?.chat.hear(name, copy), 20);
    };
    this.pages.set(name, { chat: new Chat(this.clock, { say, me, members, room: this.room, rule: this.rule }), me, members, member });
    this.meet();
    return /** @type {any} */ (this.pages.get(name)).chat;
  }

  /** @param {string} name */
  leave(name) {
    this.pages.get(name)?.chat.close();
    this.pages.delete(name);
    this.meet();
  }

  meet() {
    for (const [name, { members }] of this.pages) members.value = [...this.pages].filter(([other]) => other !== name).map(([, { member }]) => member);
  }

  /** @param {string} name */
  texts(name) {
    return this.pages.get(name)?.chat.messages.value.map(({ text }) => text);
  }
}

function three() {
  const room = new Room();
  const [ada, ben, cem] = [room.join('ada', 'counsellor'), room.join('ben', 'client'), room.join('cem', 'client')];
  return { room, ada, ben, cem };
}

test('a message to the room comes to each once, and who wrote it knows', async () => {
  const { room, ada, ben, cem } = three();
  assert.ok(ben.write('Guten Tag'));
  assert.equal(ben.messages.value[0].state, 'going');
  await room.clock.advance(100);
  assert.deepEqual([room.texts('ada'), room.texts('cem'), room.texts('ben')], [['Guten Tag'], ['Guten Tag'], ['Guten Tag']]);
  assert.deepEqual([ben.messages.value[0].state, ben.messages.value[0].from], ['there', null]);
  assert.deepEqual([ada.messages.value[0].from.participant, ada.messages.value[0].private], ['ben', false]);
  assert.equal(room.said.filter(({ content }) => content.text).length, 2, 'each was told once');
  assert.equal(new Set(room.said.filter(({ content }) => content.text).map(({ content }) => content.id)).size, 1, 'the same to all');
  assert.equal(cem.unread.value, 1);
  await room.clock.advance(20_000);
  assert.equal(room.clock.timers.length, 0);
});

test('a private one comes to one', async () => {
  const { room, ada, ben } = three();
  assert.ok(ada.write('nur für Sie', 'ben'));
  await room.clock.advance(100);
  assert.deepEqual([room.texts('ben'), room.texts('cem')], [['nur für Sie'], []]);
  assert.equal(ben.messages.value[0].private, true);
  assert.deepEqual([ada.messages.value[0].private, ada.messages.value[0].to.participant, ada.messages.value[0].state], [true, 'ben', 'there']);
  assert.ok(room.said.every(({ from, to }) => from !== 'cem' && to !== 'cem'), 'a third does not even hear of it');
  assert.ok(ben.write('danke', 'ada'));
  await room.clock.advance(100);
  assert.deepEqual(room.texts('cem'), []);
});

test('those who do not moderate have no private word with each other: not offered, not sent, not heard', async () => {
  const { room, ben, cem } = three();
  assert.deepEqual(ben.addressees.value.alone.map((/** @type {any} */ one) => one.participant), ['ada']);
  assert.ok(!ben.write('psst', 'cem'));
  cem.hear('ben', { type: 'chat', id: newId(), text: 'psst', private: true });
  await room.clock.advance(100);
  assert.deepEqual([room.texts('cem'), room.said], [[], []]);
});

test('a policy that keeps clients from writing to each other holds at both ends', async () => {
  const { room, ada, ben, cem } = three();
  room.rule.value = 'counsellors';
  assert.ok(ben.write('Guten Tag'));
  cem.hear('ben', { type: 'chat', id: newId(), text: 'trotzdem' });
  await room.clock.advance(100);
  assert.deepEqual([room.texts('ada'), room.texts('cem')], [['Guten Tag'], []]);
  assert.deepEqual([ben, ada].map(({ messages }) => messages.value[0].limited), [true, true], 'both read that the third has nothing of it');
  ada.write('an alle');
  assert.equal(ada.messages.value[1].limited, false);
  await room.clock.advance(100);
  assert.deepEqual(room.texts('cem'), ['an alle']);
});

test('what was lost is said again; what came twice is shown once', async () => {
  const { room, ada, ben } = three();
  let lost = 2;
  room.loses = (from, to, content) => from === 'ben' && to === 'ada' && !!content.text && lost-- > 0;
  ben.write('Guten Tag');
  await room.clock.advance(3_000);
  assert.deepEqual(room.texts('ada'), []);
  await room.clock.advance(2_000);
  assert.deepEqual([room.texts('ada'), ben.messages.value[0].state], [['Guten Tag'], 'there']);
  assert.deepEqual(room.texts('cem'), ['Guten Tag']);
  assert.equal(room.said.filter(({ to, content }) => to === 'cem' && content.text).length, 1, 'who answered is not told again');
  room.loses = (_, __, content) => !!content.got;
  ada.write('Ja');
  await room.clock.advance(12_000);
  assert.deepEqual([room.texts('ben')?.at(-1), room.texts('ben')?.length], ['Ja', 2]);
  assert.equal(room.said.filter(({ from, to, content }) => from === 'ada' && to === 'ben' && content.text).length, 4);
  assert.equal(ada.messages.value.at(-1).state, 'failed');
});

test('not delivered: after ten seconds, with whom, and once more for those alone', async () => {
  const { room, ada, ben } = three();
  room.loses = (_, to) => to === 'cem';
  ada.write('Guten Tag');
  await room.clock.advance(9_900);
  assert.equal(ada.messages.value[0].state, 'going');
  await room.clock.advance(200);
  const [message] = ada.messages.value;
  assert.deepEqual([message.state, message.missing.map((/** @type {any} */ one) => one.participant)], ['failed', ['cem']]);
  room.loses = () => false;
  const before = room.said.length;
  ada.again(message.id);
  assert.equal(ada.messages.value[0].state, 'going');
  await room.clock.advance(100);
  assert.deepEqual([ada.messages.value[0].state, room.texts('cem'), room.texts('ben')], ['there', ['Guten Tag'], ['Guten Tag']]);
  assert.ok(room.said.slice(before).every(({ to }) => to !== 'ben'));
  ada.again(message.id);
  assert.equal(ada.messages.value[0].state, 'there', 'what is there is not sent again');
  assert.equal(ben.unread.value, 1);
});

test('a private one that failed stays private when it is sent again', async () => {
  const { room, ada } = three();
  room.loses = () => true;
  ada.write('nur für Sie', 'ben');
  await room.clock.advance(11_000);
  room.loses = () => false;
  ada.again(ada.messages.value[0].id);
  await room.clock.advance(100);
  assert.deepEqual([room.texts('ben'), room.texts('cem')], [['nur für Sie'], []]);
  assert.ok(room.pages.get('ben')?.chat.messages.value[0].private);
  room.loses = () => true;
  ada.write('und noch', 'ben');
  room.leave('cem');
  await room.clock.advance(11_000);
  room.loses = () => false;
  ada.again(ada.messages.value[1].id);
  await room.clock.advance(100);
  assert.equal(ada.messages.value[1].state, 'there', 'also where only one is left');
});

test('who leaves before it came to him did not get it, and nobody waits for him', async () => {
  const { room, ada } = three();
  room.loses = (_, to) => to === 'cem';
  ada.write('Guten Tag');
  await room.clock.advance(1_000);
  room.leave('cem');
  assert.deepEqual([ada.messages.value[0].state, ada.messages.value[0].missing[0].participant], ['failed', 'cem']);
  assert.equal(room.clock.timers.length, 0);
});

test('who comes later has nothing of what was before', async () => {
  const { room, ada } = three();
  ada.write('vorher');
  await room.clock.advance(20_000);
  room.join('dan', 'client');
  await room.clock.advance(20_000);
  assert.deepEqual(room.texts('dan'), []);
  ada.write('nachher');
  await room.clock.advance(100);
  assert.deepEqual(room.texts('dan'), ['nachher']);
});

test('five in a second: the button waits, and what is written too soon is not sent', async () => {
  const { room, ada } = three();
  for (let i = 0; i < 5; i++) {
    assert.ok(!ada.busy.value);
    assert.ok(ada.write(`${i}`));
  }
  assert.ok(ada.busy.value);
  assert.ok(!ada.write('zu viel'));
  await room.clock.advance(1_000);
  assert.ok(!ada.busy.value);
  assert.ok(ada.write('5'));
  await room.clock.advance(2_000);
  assert.deepEqual(room.texts('ben'), ['0', '1', '2', '3', '4', '5']);
});

test('too long, or nothing at all', () => {
  const { room, ada } = three();
  assert.ok(!ada.write('x'.repeat(4_001)));
  assert.ok(!ada.write(' \n '));
  assert.ok(!ada.write('Guten Tag', 'nobody'));
  assert.deepEqual([ada.messages.value, room.said], [[], []]);
});

test('a flood: five a second get through on the average, whatever comes, and are answered no oftener', async () => {
  const { room, ben } = three();
  for (let second = 0; second < 20; second++) {
    for (let i = 0; i < 100; i++) ben.hear('cem', { type: 'chat', id: newId(), text: 'x' });
    await room.clock.advance(1_000);
  }
  assert.ok(ben.messages.value.length <= 5 * 21, `${ben.messages.value.length} messages`);
  assert.ok(ben.messages.value.length >= 5 * 18);
  assert.ok(room.said.length <= ben.messages.value.length);
  ben.hear('ada', { type: 'chat', id: newId(), text: 'Hallo' });
  assert.equal(ben.messages.value.at(-1).text, 'Hallo', 'others are still heard');
});

test('what is misshapen, unknown or too long is dropped without an answer', async () => {
  const { room, ben } = three();
  const id = newId();
  for (const content of [{}, { id, text: 7 }, { id, text: 'x'.repeat(4_001) }, { id: 'x', text: 'x' }, { got: newId() }, { got: 7 }, { id, text: '' }]) ben.hear('ada', { type: 'chat', ...content });
  ben.hear('nobody', { type: 'chat', id, text: 'x' });
  ben.hear('ada', { type: 'name', id, text: 'x' });
  await room.clock.advance(100);
  assert.deepEqual([ben.messages.value, room.said], [[], []]);
});

test('somebody else’s answer counts for nobody else', async () => {
  const { room, ada } = three();
  room.loses = (_, to) => to !== 'ada';
  ada.write('nur für Sie', 'ben');
  const { id } = ada.messages.value[0];
  ada.hear('cem', { type: 'chat', got: id });
  assert.equal(ada.messages.value[0].state, 'going');
  await room.clock.advance(11_000);
  assert.equal(ada.messages.value[0].state, 'failed');
});

test('the same id of another person is another message', () => {
  const { ben } = three();
  const id = newId();
  ben.hear('ada', { type: 'chat', id, text: 'eins' });
  ben.hear('cem', { type: 'chat', id, text: 'zwei' });
  ben.hear('ada', { type: 'chat', id, text: 'drei' });
  assert.deepEqual(ben.messages.value.map((/** @type {any} */ one) => one.text), ['eins', 'zwei']);
});

test('the last five hundred are kept', async () => {
  const { room, ben } = three();
  for (let i = 0; i < 600; i++) {
    ben.hear('ada', { type: 'chat', id: newId(), text: `${i}` });
    await room.clock.advance(250);
  }
  assert.equal(ben.messages.value.length, 500);
  assert.equal(ben.messages.value.at(-1).text, '599');
});

test('a room that is held or paused: nothing is written, and nothing heard of who writes all the same', async () => {
  const { room, ada, ben } = three();
  for (const [state, word] of /** @type {[any, string][]} */ ([[{ held: true, paused: false }, 'held'], [{ held: false, paused: true }, 'paused']])) {
    room.room.value = state;
    assert.equal(ada.closed.value, word);
    assert.ok(!ada.write('Guten Tag'));
    ben.hear('cem', { type: 'chat', id: newId(), text: 'psst' });
    ben.hear('cem', { type: 'file', offer: newId(), name: 'a.pdf', size: 9, kind: 'pdf', hash: 'h'.repeat(43) });
    assert.equal(await ada.give(new File(['%PDF-1'], 'a.pdf')), 'nobody');
  }
  await room.clock.advance(1_000);
  assert.deepEqual([room.texts('ben'), ben.files.list.value, room.said], [[], [], []]);
  room.room.value = { held: false, paused: false };
  assert.equal(ada.closed.value, null);
  assert.ok(ada.write('Weiter'));
});

test('alone there is nobody to write to; nor is who introduced himself with nothing', () => {
  const room = new Room();
  const ada = room.join('ada', 'counsellor');
  assert.equal(ada.closed.value, 'alone');
  assert.ok(!ada.write('Hallo?'));
  /** @type {any} */ (room.pages.get('ada')).members.value = [{ participant: 'old', role: 'client' }];
  assert.equal(ada.closed.value, 'alone');
});

test('what is looked at is not unread', async () => {
  const { room, ada, ben } = three();
  ada.write('eins');
  await room.clock.advance(100);
  assert.equal(ben.unread.value, 1);
  assert.equal(ben.latest.value.text, 'eins');
  ben.watch(true);
  assert.equal(ben.unread.value, 0);
  ada.write('zwei');
  await room.clock.advance(100);
  assert.equal(ben.unread.value, 0);
  ben.watch(false);
  ada.write('drei');
  await ada.give(new File(['%PDF-1'], 'a.pdf'), 'ben');
  await room.clock.advance(100);
  assert.equal(ben.unread.value, 2);
  assert.equal(ben.latest.value.name, 'a.pdf');
});

test('a file to the room is one offer for each; to one it is private', async () => {
  const { room, ada, ben, cem } = three();
  assert.equal(await ada.give(new File(['%PDF-1'], 'a.pdf')), 'offered');
  assert.equal(await ben.give(new File(['%PDF-1'], 'b.pdf'), 'ada'), 'offered');
  assert.equal(await ben.give(new File(['%PDF-1'], 'c.pdf'), 'cem'), 'nobody');
  await room.clock.advance(100);
  const names = (/** @type {Chat} */ { files }) => files.list.value.filter(({ incoming }) => incoming).map(({ name, private: alone }) => [name, alone]);
  assert.deepEqual([names(ada), names(ben), names(cem)], [[['b.pdf', true]], [['a.pdf', false]], [['a.pdf', false]]]);
});

test('before a file is given it is known whom it goes to, what they see it called, or why it is not', async () => {
  const { room, ada, ben } = three();
  const who = async (/** @type {Chat} */ chat, /** @type {string | null} */ to = null) => {
    const checked = await chat.check(new File(['%PDF-1'], '../../a.pdf'), to);
    return typeof checked === 'string' ? checked : [checked.name, ...checked.people.map(({ participant }) => participant)];
  };
  assert.deepEqual(await who(ada), ['a.pdf', 'ben', 'cem']);
  assert.deepEqual(await who(ada, 'cem'), ['a.pdf', 'cem']);
  assert.equal(await who(ben, 'cem'), 'nobody');
  assert.equal(await ada.check(new File(['MZ'], 'a.exe')), 'kind');
  for (const name of ['a', 'b', 'c']) await ada.give(new File(['%PDF-1'], `${name}.pdf`), 'ben');
  assert.equal(await who(ada), 'many', 'nobody is asked about what would be refused');
  room.leave('ben');
  assert.deepEqual(await who(ada), ['a.pdf', 'cem'], 'of one there is nothing to ask');
  room.room.value = { held: true, paused: false };
  assert.equal(await who(ada), 'nobody');
  await room.clock.advance(1_000);
  assert.deepEqual(room.said.filter(({ to }) => to === 'cem'), [], 'and nothing was offered');
});

test('a file goes to those whom the question named: not to who has come since, and not to others once they have left', async () => {
  const { room, ada, ben, cem } = three();
  const asked = [...ada.addressees.value.room];
  const dan = room.join('dan', 'client');
  room.leave('cem');
  const given = (/** @type {Chat} */ chat) => chat.files.list.value.map(({ name }) => name);
  assert.equal(await ada.give(new File(['%PDF-1'], 'a.pdf'), null, asked), 'offered');
  await room.clock.advance(100);
  assert.deepEqual([given(ben), given(cem), given(dan)], [['a.pdf'], [], []]);
  room.leave('ben');
  assert.equal(await ada.give(new File(['%PDF-1'], 'b.pdf'), null, asked), 'nobody');
  await room.clock.advance(100);
  assert.deepEqual(given(dan), []);
});

test('at the end all of it is gone', async () => {
  const { room, ada, ben } = three();
  ada.write('eins');
  await room.clock.advance(100);
  room.loses = () => true;
  ben.write('zwei');
  ben.end();
  assert.deepEqual([ben.messages.value, ben.unread.value, ben.latest.value, ben.files.list.value], [[], 0, null, []]);
  const said = room.said.length;
  await room.clock.advance(20_000);
  assert.equal(room.said.length, said, 'and nothing is said any more');
  assert.equal(room.clock.timers.length, 0);
});
