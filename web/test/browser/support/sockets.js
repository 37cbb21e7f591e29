// What a node is told over its websockets, and tells: every message as the node itself has it, from the first one on.
import { readFileSync } from 'node:fs';
import { binaryWith } from './server.js';

/** Where a node of `listening` writes what it carries. */
export const CARRIED = 'ANTEROOM_CARRIED';

/** Builds a node that keeps every message of its websockets, before it is understood and after it was made. @returns {string} the path of the program */
export function listening() {
  return binaryWith('signaling/conn/conn.go', (text) => {
    for (const [what, instead] of [
      ['import (\n', 'import (\n\t"fmt"\n\t"os"\n'],
      ['\treturn buf.Bytes(), nil\n', '\tfmt.Fprintf(carried, "in %x\\n", buf.Bytes())\n\treturn buf.Bytes(), nil\n'],
      ['\t\terr := c.ws.Write(ctx, websocket.MessageText, data)\n', '\t\tfmt.Fprintf(carried, "out %x\\n", data)\n\t\terr := c.ws.Write(ctx, websocket.MessageText, data)\n'],
    ]) {
      if (text.split(what).length !== 2) throw new Error(`not once in it: ${what}`);
      text = text.replace(what, () => instead);
    }
    return text.concat(`
var carried = func() *os.File {
	f, err := os.OpenFile(os.Getenv("${CARRIED}"), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		panic(err)
	}
	return f
}()
`);
  });
}

/** One message. @typedef {{ way: 'in' | 'out', bytes: Buffer }} Carried in: to the node */

/** @param {string} file @param {number} [from] how many messages to leave out @returns {Carried[]} */
export const carried = (file, from = 0) => readFileSync(file, 'latin1').split('\n').slice(from, -1).map((line) => {
  const [way, hex] = line.split(' ');
  return { way: /** @type {'in' | 'out'} */ (way), bytes: Buffer.from(hex, 'hex') };
});
