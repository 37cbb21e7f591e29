/** What a signed-in counsellor's browser tells the call of a room: its secret, and the halves of its people's links that no server knows. */
import { openText } from '../e2ee/keys.js';

/**
 * @param {import('./rooms.js').Rooms} rooms
 * @param {import('./texts.js').Texts} texts
 * @returns {(room: string) => Promise<import('../call/secrecy.js').RoomSecrets | null>} null where the room's secret is not this account's: then who is who is not verified
 */
export function secretsOf(rooms, texts) {
  /** What the list does not have yet is asked for. @template T @param {() => T | null | undefined} find */
  const found = async (find) => find() ?? (await rooms.refresh(), find() ?? null);
  return async (id) => {
    const room = await found(() => rooms.find(id));
    const secret = room && (await texts.secret(room).catch(() => null));
    if (!secret) return null;
    return {
      secret,
      async linkOf(person) {
        const invited = await found(() => rooms.find(id)?.persons.find((one) => one.id === person));
        return invited?.sealed_link ? openText(secret, 'link', invited.sealed_link).catch(() => null) : null;
      },
    };
  };
}
