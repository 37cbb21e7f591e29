/** What a signed-in counsellor's browser tells the call of a room: its secret, which no server knows. */

/**
 * @param {import('./rooms.js').Rooms} rooms
 * @param {import('./texts.js').Texts} texts
 * @returns {(room: string) => Promise<import('../e2ee/bytes.js').Bytes | null>} null where the account has not made the room's secret: then who is who is not verified
 */
export const secretsOf = (rooms, texts) => async (id) => {
  // What the list does not have yet is asked for.
  const room = rooms.find(id) ?? (await rooms.refresh(), rooms.find(id));
  return room && texts.unwrap(room).then(({ secret, own }) => (own ? secret : null), () => null);
};
