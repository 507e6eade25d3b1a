import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';

let directory: string;
beforeEach(() => (directory = mkdtempSync(join(tmpdir(), 'visor-count-'))));
afterEach(() => rmSync(directory, { recursive: true, force: true }));

/** @returns `passed failed skipped`, as test.sh reads it */
function count(report: string | undefined, exitCode: number): string {
  const path = join(directory, 'report.json');
  if (report !== undefined) writeFileSync(path, report);
  const script = join(import.meta.dirname, 'count-tests.mjs');
  const args = [script, 'unit', path, String(exitCode)];
  return execFileSync(process.execPath, args, { encoding: 'utf8', stdio: 'pipe' }).trim();
}

const file = (status: string, ...statuses: string[]) => ({
  name: 'a.test.ts',
  status,
  message: 'Cannot find module',
  assertionResults: statuses.map((s, i) => ({ fullName: `test ${i}`, status: s })),
});
const report = (...files: object[]) => JSON.stringify({ testResults: files });

it.each([
  [
    'adds up files',
    report(file('passed', 'passed', 'passed'), file('passed', 'passed', 'skipped')),
    0,
    '3 0 1',
  ],
  ['counts todo and pending as skipped', report(file('passed', 'passed', 'todo', 'pending')), 0, '1 0 2'],
  ['counts failures', report(file('failed', 'passed', 'failed')), 1, '1 1 0'],
  ['counts a file that did not load', report(file('failed'), file('passed', 'passed')), 1, '1 1 0'],
  ['counts a hook that failed after its tests passed', report(file('failed', 'passed')), 1, '1 1 0'],
  ['counts an exit code that no test explains', report(file('passed', 'passed')), 1, '1 1 0'],
  ['counts a crash before the report', undefined, 139, '0 1 0'],
  ['counts a report that was cut off', '{"testResults":[', 137, '0 1 0'],
  ['counts a run without tests', report(), 0, '0 1 0'],
])('%s', (_name, text, exitCode, expected) => {
  expect(count(text, exitCode)).toBe(expected);
});
