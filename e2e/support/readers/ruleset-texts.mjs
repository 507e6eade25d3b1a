// Loads the files that standard input has as a JSON list, one after the other, into the network namespace that it runs
// in. For each it prints what nft was asked for until the agent's text of the ruleset was what nft prints of it, and
// the sets that it knows of then; null where that never came.
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { startTracker } from './tracker.mjs';

const WITHIN_MS = 20_000;
const files = JSON.parse(readFileSync(0, 'utf8'));
const { tracker, versions, asked } = await startTracker();
const listing = () => execFileSync('nft', ['-a', '-s', '-t', 'list', 'ruleset']).toString();
const answers = [];
for (const input of files) {
  asked.length = 0;
  execFileSync('nft', ['-f', '-'], { input });
  const real = listing();
  const told = () => versions.at(-1).tables.map((table) => table.text);
  for (
    const until_ms = performance.now() + WITHIN_MS;
    told().join('') !== real && performance.now() < until_ms;
  ) {
    tracker.tick();
    await sleep(5);
  }
  const same = told().join('') === real;
  answers.push(
    same ? { asked: [...asked], sets: versions.at(-1).tables.flatMap((table) => table.sets) } : null,
  );
}
console.log(JSON.stringify(answers));
process.exit();
