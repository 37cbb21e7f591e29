// Reads `go test -json` and prints what `go test` would, then counts: tests without sub-tests each, and packages that do not build.
import { writeFileSync } from 'node:fs';
import { createInterface } from 'node:readline';

let passed = 0;
let failed = 0;
const output = new Map(); // of a test, until it is known whether anybody wants to read it
const parents = new Set(); // tests that have sub-tests; those count instead

for await (const line of createInterface({ input: process.stdin })) {
  let event;
  try { event = JSON.parse(line); } catch { console.log(line); continue; }
  const test = event.Test && `${event.Package} ${event.Test}`;
  if (event.Action === 'output' || event.Action === 'build-output') {
    if (/^(PASS\n$|=== )/.test(event.Output)) continue; // what `go test` keeps to itself without -json
    if (!test) process.stdout.write(event.Output);
    else output.set(test, (output.get(test) ?? '') + event.Output);
    continue;
  }
  if (!test) {
    if (event.Action === 'fail' && event.FailedBuild) failed++;
    continue;
  }
  if (event.Action === 'run' && event.Test.includes('/')) parents.add(test.slice(0, test.lastIndexOf('/')));
  if (event.Action !== 'pass' && event.Action !== 'fail' && event.Action !== 'skip') continue;
  if (event.Action === 'fail') process.stdout.write(output.get(test) ?? '');
  output.delete(test);
  if (parents.has(test)) continue;
  if (event.Action === 'pass') passed++;
  else failed++; // no test may be skipped: what cannot run here fails
}
// A test that never ended (a crash, the time limit) has output left.
for (const [test, text] of output) {
  failed++;
  process.stdout.write(`${test} did not end:\n${text}`);
}
writeFileSync(process.argv[2], `${passed} ${failed}\n`);
