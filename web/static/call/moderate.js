/**
 * What counsellors do to others and to the room.
 *
 * **The server decides**: each is one request, and rejects with a `Refused` that has the `code` of PROTOCOL.md. What came of it is
 * told to everybody, whoever asked included, as an event.
 */
import { signal } from '../third_party/preact.js';
import { spread } from './groups.js';

/**
 * @param {Pick<import('./connection.js').Connection, 'request'>} connection
 * @param {{ admit: (participant: string) => void, dismiss: (participant: string) => void, lend: (participant: string, on: boolean) => void }} stating what this page's counsellor states of others by signature
 * @param {{ frozen: () => boolean, reported: (own: boolean) => void }} incidents whether one is reported already; and from now on, whether this page has reported the one there is
 */
export function moderation(connection, stating, incidents) {
  /** @param {string} type @param {object} [body] @returns {Promise<void>} */
  const ask = (type, body) => connection.request(type, body);
  /** For how long the room was left open by this page, in milliseconds; 0 before. */
  const leftOpen = signal(0);
  return {
    /** @param {string} participant who waits */
    admit(participant) {
      // It stays stated where the server refuses it: a colleague may have let him in a moment before.
      stating.admit(participant);
      return ask('admit', { participant });
    },
    /** Not now; the person may knock again. @param {string} participant */
    async decline(participant) {
      await ask('decline', { participant });
      stating.dismiss(participant);
    },
    /** Out of the call and into the waiting room. @param {string} participant */
    putBack(participant) {
      stating.dismiss(participant);
      return ask('put_back', { participant });
    },
    /** Out, and the link is dead. @param {string} participant */
    remove(participant) {
      stating.dismiss(participant);
      return ask('remove', { participant });
    },
    /** Lends moderation to somebody who is in. @param {string} participant */
    async lend(participant) {
      await ask('promote', { participant, on: true });
      stating.lend(participant, true);
    },
    /** And takes it back, before the server has agreed. @param {string} participant */
    takeBack(participant) {
      stating.lend(participant, false);
      return ask('promote', { participant, on: false });
    },
    /** @param {string} participant @param {'audio' | 'video' | 'screen'} kind */
    mute: (participant, kind) => ask('mute', { participant, kind }),
    /** Everybody's sound but that of counsellors. */
    muteAll: () => ask('mute_all'),
    /** Somebody's camera is for those who moderate alone, until the person shows it to all again. @param {string} participant */
    reserveVideo: (participant) => ask('reserve_video', { participant }),
    /** Nobody hears or sees another for as long as it is on. @param {boolean} on */
    hold: (on) => ask('hold', { on }),
    /** Reports an incident: nothing passes between anybody until it is over. What a note about it may say comes back. @param {boolean} on @returns {Promise<import('./receipt.js').Noted | null>} */
    async incident(on) {
      // Whoever reports what is reported already has not stopped the room.
      const own = on && !incidents.frozen();
      const noted = (await connection.request('incident', { on })) ?? null;
      if (own || !on) incidents.reported(own);
      return noted;
    },
    /** The same, and those who moderate speak among themselves. `hold(false)` ends it. */
    consult: () => ask('hold', { on: true, consultation: true }),
    /** Opens so many small groups, or changes those that run. @param {number} groups @param {Record<string, number>} places group by participant, 0 for the main room; who is not named stays where he is */
    divide: (groups, places) => ask('groups', { groups, places: Object.entries(places).map(([participant, group]) => ({ participant, group })) }),
    spread,
    /** Goes into a group, or back to the main room. @param {number} group */
    enterGroup: (group) => ask('enter_group', { group }),
    /** Brings everybody back to the main room. */
    recall: () => ask('recall'),
    /** Nobody new knocks for as long as it is on. @param {boolean} on */
    lock: (on) => ask('lock', { on }),
    /** Takes somebody's hand down. @param {string} participant */
    lowerHand: (participant) => ask('lower_hand', { participant }),
    lowerAllHands: () => ask('lower_hand'),
    leftOpen,
    /** The next way out leaves nothing open. */
    forgetOpen: () => void (leftOpen.value = 0),
    /** Goes out, and lets the others go on meanwhile. The call ends as after hanging up. @param {number} ms */
    async leaveOpen(ms) {
      await ask('leave_open', { for_ms: ms });
      leftOpen.value = ms;
    },
    /** Shows somebody first to everybody, or nobody any more. @param {string | null} participant @param {'camera' | 'screen'} [source] */
    pin: (participant, source = 'camera') => ask('pin', participant === null ? undefined : { participant, source }),
    /** Who may share a screen. @param {'counsellors' | 'all'} rule */
    setShareRule: (rule) => ask('share', { rule }),
    /** Tells those who wait that another counsellor comes, or no longer. @param {boolean} on */
    colleague: (on) => ask('colleague', { on }),
    /** Somebody's consent is there on paper. @param {string} participant */
    noteConsent: (participant) => ask('note_consent', { participant }),
    /** Somebody in front of the door may type his PIN again. @param {string} person */
    unlockPIN: (person) => ask('unlock_pin', { person }),
    /** A consent is withdrawn: out, the link is dead, and what is known of the person is deleted. @param {string} [participant] who has said so; this page's person where there is none */
    withdraw: (participant) => ask('withdraw', participant ? { participant } : undefined),
    /** Shows a card to everybody, oneself included. @param {import('./protocol.js').Card} card */
    show: (card) => ask('card', { card }),
    /** Ends it for all and deletes it. */
    end: () => ask('end'),
  };
}
