/** The counsellor's page: which screen stands for who is signed in, the route, and the way into a room. */
import { h } from '../third_party/preact.js';
import { t } from '../i18n/i18n.js';
// Loaded with the page: who opens it will moderate.
import '../screens/panels.js';
import { Loading } from '../screens/pages.js';
import { callState } from '../screens/state.js';
import { quiet } from '../ui/button.js';
import { tags } from '../ui/dom.js';
import { AccountPage } from './account_page.js';
import { Before } from './before.js';
import { NewRoomPage } from './create.js';
import { DeletedPage } from './deleted.js';
import { PortalPage } from './frame.js';
import { newGuest } from './guests.js';
import { HandedPage } from './handover.js';
import { Inside } from './inside.js';
import { RoomList } from './list.js';
import { RoomPage } from './room.js';
import { senderOf } from './sender.js';
import { SetUp } from './setup.js';
import { SignIn } from './signin.js';

/**
 * The parts of the page, each with its own state.
 * @typedef {object} Parts
 * @property {import('./account.js').Accounts} accounts
 * @property {import('./rooms.js').Rooms} rooms
 * @property {import('./texts.js').Texts} texts
 * @property {import('./desk.js').Desk} desk
 * @property {import('./route.js').Router} router
 * @property {import('../third_party/preact.js').Signal<string | null>} setUp the token of a one-time link, until the account is made
 */

/** In one word, where the counsellor is: `data-state` of the body. @param {Parts} parts */
export function portalState({ accounts, desk, setUp }) {
  const step = desk.step.value;
  if (step === 'joined') return callState(desk.call);
  if (setUp.value) return 'setup';
  const state = accounts.state.value;
  if (state !== 'in') return state === 'out' ? 'signin' : 'loading';
  return step === 'away' ? 'portal' : step === 'choose' ? 'media' : step;
}

/**
 * @param {{
 *   parts: Parts, service: import('./frame.js').Service, sounds: import('../screens/sounds.js').Sounds, origin: string, now: () => number,
 * }} props origin: of the links that are handed out
 */
export function Portal({ parts, service, sounds, origin, now }) {
  const { accounts, rooms, texts, desk, router, setUp } = parts;
  const step = desk.step.value;
  const target = rooms.find(desk.room.value ?? '');

  if (step === 'joined') {
    const account = accounts.account.value;
    return h(Inside, {
      service, desk, sounds,
      inviting: target && account ? { room: target, rooms, texts, origin, sender: senderOf(service, account.displayName || account.name) } : null,
      read: target ? (text) => texts.read(target, 'label', text) : undefined,
      onList: () => {
        desk.leave();
        router.go({ page: 'rooms' });
      },
    });
  }
  const token = setUp.value;
  if (token) {
    return h(SetUp, {
      key: token, service, accounts, token,
      onDone: () => {
        setUp.value = null;
        router.go({ page: 'rooms' });
      },
      onSignIn: () => {
        setUp.value = null;
        router.go({ page: 'rooms' });
      },
    });
  }
  const account = accounts.account.value;
  if (accounts.state.value === 'unknown') return h(Loading, { service });
  if (!account) return h(SignIn, { service, accounts });

  const signedIn = {
    name: account.displayName || account.name,
    onAccount: () => {
      desk.leave();
      router.go({ page: 'account' });
    },
    onSignOut: () => void accounts.signOut(),
  };
  if (step !== 'away') return h(Before, { service, signedIn, desk, texts, room: target, sounds });

  const common = { service, signedIn, rooms, texts, sounds };
  const toList = () => router.go({ page: 'rooms' });
  const handed = rooms.handed.value;
  if (handed) {
    return h(HandedPage, {
      key: 'handed', service, signedIn, handed, publicKey: account.key.publicKey,
      onBack: () => {
        rooms.handed.value = null;
        if (!handed.kept) toList();
      },
    });
  }
  if (rooms.receipt.state.value !== 'none') {
    return h(DeletedPage, {
      key: 'deleted', service, signedIn, receipt: rooms.receipt,
      onBack: () => {
        rooms.receipt.forget();
        toList();
      },
    });
  }
  /** @param {import('./rooms.js').Room} room */
  const start = (room) => {
    router.go({ page: 'room', room: room.id });
    desk.start(room.id);
  };
  const route = router.route.value;
  if (route.page === 'new') {
    return h(NewRoomPage, {
      key: 'new', service, signedIn, rooms, now: now(), onBack: toList,
      onCreate: async (wishes) => router.go({ page: 'room', room: (await rooms.create(wishes)).id }),
    });
  }
  if (route.page === 'account') return h(AccountPage, { key: 'account', service, signedIn, accounts, account, now, onBack: toList });
  if (route.page === 'room') {
    const room = rooms.find(route.room);
    if (room) return h(RoomPage, { key: room.id, ...common, room, origin, onBack: toList, onStart: start });
    // It was deleted, or is somebody else's; before the first answer nobody knows.
    return rooms.list.value
      ? h(PortalPage, { key: 'gone', service, signedIn, title: t('portal.room.gone') }, tags.div(null, quiet({ icon: 'back', onClick: toList, 'data-test': 'back' }, t('room.list'))))
      : h(Loading, { service });
  }
  return h(RoomList, {
    key: 'rooms', ...common, forgettable: !account.recoveryAt,
    onNew: () => router.go({ page: 'new' }),
    onInstant: async () => {
      const room = await rooms.create({ title: '', kind: 'once', when: null, guests: [newGuest()] });
      router.go({ page: 'room', room: room.id });
    },
    onOpen: (room) => router.go({ page: 'room', room: room.id }),
    onStart: start,
  });
}
