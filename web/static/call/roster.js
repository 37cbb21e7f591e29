/**
 * Who is here, who waits, and how the room is: what the server said last.
 *
 * **The server's word is the whole truth**: a welcome replaces everything, an event changes what it names, and nothing here guesses.
 */
import { batch, computed, signal } from '../third_party/preact.js';
import { areTogether } from './groups.js';
import { isModerator, mayModerate } from './role.js';

/** @typedef {import('./protocol.js').State} State */
/** @typedef {import('./protocol.js').Message} Message */
/** @typedef {import('./protocol.js').Publication} Publication */
/** @typedef {import('./types.js').Member} Member */
/** @typedef {import('./types.js').Waiter} Waiter */
/** @template T @typedef {import('../third_party/preact.js').Signal<T>} Signal */

/** Most entries of any list here, whatever the server sends. */
const most = 1024;

/** @template {{ participant: string }} T @param {T[]} list @param {T} entry in its old place, or at the end @returns {T[]} */
function put(list, entry) {
  const at = list.findIndex(({ participant }) => participant === entry.participant);
  if (at >= 0) return list.map((old, i) => (i === at ? entry : old));
  return list.length < most ? [...list, entry] : list;
}

/** @template {{ participant: string }} T @param {T[]} list @param {string} gone @returns {T[]} */
const without = (list, gone) => list.filter(({ participant }) => participant !== gone);

export class Roster {
  #now;
  /** @type {Signal<{ participant: string, role: import('./types.js').Role } | null>} */
  me = signal(null);
  /** @type {Signal<boolean>} */
  moderates = signal(false);
  /** @type {Signal<import('./protocol.js').Whereabouts>} */
  counsellor = signal('absent');
  /** @type {Signal<import('./protocol.js').Room>} */
  room = signal({ held: false, paused: false });
  /** @type {Signal<Member[]>} */
  members = signal([]);
  /** Who is there to be let in. @type {Signal<Waiter[]>} */
  waiting = signal([]);
  /** With those whose page was closed: they have their places when it was only loaded anew. @type {Waiter[]} */
  #queue = [];
  /** Of who waits. @type {Signal<import('./protocol.js').Stay>} */
  stay = signal({ notes: [] });
  /** @type {Signal<boolean>} a consent is asked of this page's person, or is there on paper: there is one to withdraw */
  consentAsked = signal(false);
  /** @type {Signal<import('./protocol.js').Exit[]>} */
  exits = signal([]);
  /** @type {Signal<import('./protocol.js').Invited[]>} */
  invited = signal([]);
  /** @type {Signal<import('./protocol.js').LockedPIN[]>} */
  lockedPINs = signal([]);
  /** @type {Signal<boolean>} */
  otherDevice = signal(false);
  /** @type {Signal<boolean>} one's own camera is for those who moderate alone */
  camReserved = signal(false);
  /** @type {Signal<{ dominant: string, speaking: string[] }>} */
  speaker = signal({ dominant: '', speaking: [] });
  /** @type {Signal<boolean>} moderation is lent to this page's person, as the server says */
  promoted = signal(false);
  /** @type {Signal<number>} one's own hand, as in a member; 0 while it is down */
  hand = signal(0);
  /** @type {Signal<number>} the group that one is in; 0 is the main room */
  group = signal(0);
  /** Those of the members whom one hears: of the same group. @type {import('../third_party/preact.js').ReadonlySignal<Member[]>} */
  together = computed(() => {
    const me = this.me.value;
    const own = me && { role: me.role, group: this.group.value, promoted: this.promoted.value };
    return own ? this.members.value.filter((member) => areTogether(own, member, this.room.value.held)) : this.members.value;
  });
  /** @type {Signal<Publication[]>} */
  publications = signal([]);

  /** @param {() => number} now ms since 1970 */
  constructor(now) {
    this.#now = now;
  }

  /** @param {import('./protocol.js').Welcome} welcome */
  welcome({ participant, role, other_device, state }) {
    batch(() => {
      const me = this.me.value;
      if (me?.participant !== participant || me.role !== role) this.me.value = { participant, role };
      this.otherDevice.value = other_device;
      this.replace(state);
    });
  }

  /** The whole state anew: after a welcome, a putting back. @param {State} state */
  replace({ counsellor, room, self, stay = { notes: [] }, members = [], publications = [], waiting = [], exits = [], invited = [], locked_pins = [] }) {
    batch(() => {
      this.camReserved.value = !!self?.video_reserved;
      this.hand.value = self?.hand ?? 0;
      this.#promote(!!self?.promoted);
      this.group.value = self?.group ?? 0;
      this.room.value = room;
      this.stay.value = stay;
      this.consentAsked.value = !!(self ?? stay).consent_asked;
      this.members.value = members;
      this.publications.value = publications;
      this.#queued(waiting.map((entry) => this.#waiter(entry)));
      this.exits.value = exits;
      this.invited.value = invited;
      this.lockedPINs.value = locked_pins;
      this.speaker.value = { dominant: '', speaking: [] };
      this.counsellor.value = counsellor;
    });
  }

  /** @param {boolean} on */
  #promote(on) {
    this.promoted.value = on;
    this.moderates.value = on || mayModerate(this.me.value?.role);
  }

  /** Let in: the link is this device's now. @param {State} state */
  admitted(state) {
    batch(() => {
      this.otherDevice.value = false;
      this.replace(state);
    });
  }

  /** Nobody is here any more, nor known to have been. */
  clear() {
    batch(() => {
      this.replace({ counsellor: 'absent', room: { held: false, paused: false } });
      this.me.value = null;
      this.moderates.value = false;
      this.otherDevice.value = false;
    });
  }

  /** @param {Message} event @returns {boolean} whether it was about the roster */
  apply({ type, body }) {
    switch (type) {
      case 'counsellor':
        this.counsellor.value = body.counsellor;
        return true;
      case 'room':
        this.room.value = body;
        return true;
      case 'stay':
        this.stay.value = body;
        this.consentAsked.value = !!body.consent_asked;
        return true;
      case 'invited':
        this.invited.value = body.invited;
        return true;
      case 'exits':
        this.exits.value = body.exits;
        return true;
      case 'locked_pins':
        this.lockedPINs.value = body.locked_pins;
        return true;
      case 'video_reserved':
        this.camReserved.value = body.on;
        return true;
      case 'speaker':
        this.speaker.value = body;
        return true;
      case 'promoted':
        batch(() => {
          this.#promote(body.on);
          this.members.value = body.members;
          this.waiting.value = (body.waiting ?? []).map((/** @type {import('./protocol.js').Waiting} */ entry) => this.#waiter(entry));
          this.exits.value = body.exits ?? [];
          this.invited.value = body.invited ?? [];
          this.lockedPINs.value = body.locked_pins ?? [];
        });
        return true;
      case 'own_hand':
        this.hand.value = body.hand;
        return true;
      case 'grouped':
        batch(() => {
          this.group.value = body.group;
          this.members.value = body.members;
          this.#seeCounsellor();
        });
        return true;
      case 'waiting':
        this.#queued(put(this.#queue, this.#waiter(body)));
        return true;
      case 'waiting_gone':
        this.#queued(without(this.#queue, body.participant));
        return true;
      case 'member':
        batch(() => {
          this.members.value = put(this.members.value, body);
          this.#seeCounsellor();
        });
        return true;
      case 'member_gone':
        batch(() => {
          this.members.value = without(this.members.value, body.participant);
          this.publications.value = without(this.publications.value, body.participant);
          this.#seeCounsellor();
        });
        return true;
      case 'publication': {
        const others = this.publications.value.filter(({ publication }) => publication !== body.publication);
        if (others.length < most) this.publications.value = [...others, body];
        return true;
      }
      case 'publication_gone':
        this.publications.value = this.publications.value.filter(({ publication }) => publication !== body.publication);
        return true;
      default:
        return false;
    }
  }

  /** @param {Waiter[]} queue */
  #queued(queue) {
    this.#queue = queue;
    this.waiting.value = queue.filter(({ state }) => state !== 'gone');
  }

  /** Time waited becomes a moment by this device's clock, which a screen can count from. @param {import('./protocol.js').Waiting} entry @returns {Waiter} */
  #waiter({ waited_ms, ...entry }) {
    return { ...entry, since: this.#now() - waited_ms };
  }

  /** Only those who wait are told where the counsellor is; members see it. */
  #seeCounsellor() {
    const here = this.moderates.value || this.members.value.some((member) => isModerator(member) && member.connection !== 'reconnecting');
    this.counsellor.value = here ? 'here' : 'away';
  }
}
