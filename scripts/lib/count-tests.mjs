// count-tests.mjs PROJECT REPORT EXIT_CODE: reads vitest's JSON report and prints `passed failed skipped`.
// Names what failed or was skipped on standard error. A run cannot look better than it was: no report, a file that
// did not load, and an exit code without a failed test each count as one failed; so does a run without any test.
import { existsSync, readFileSync } from 'node:fs';

const [project, path, exitCode] = process.argv.slice(2);

function read(path) {
  try {
    return existsSync(path) ? JSON.parse(readFileSync(path, 'utf8')) : undefined;
  } catch {
    return undefined;
  }
}

function count(report) {
  const results = report.testResults.flatMap((file) =>
    file.assertionResults.map(({ fullName, status }) => ({ name: fullName, status })),
  );
  const broken = report.testResults.filter(
    ({ status, assertionResults }) =>
      status === 'failed' && !assertionResults.some((t) => t.status === 'failed'),
  );
  const failed = [
    ...results.filter(({ status }) => status === 'failed').map(({ name }) => name),
    ...broken.map(({ name, message }) => `${name}: ${message.split('\n')[0] || 'a hook failed'}`),
  ];
  const skipped = results
    .filter(({ status }) => !['passed', 'failed'].includes(status))
    .map(({ name }) => name);
  return { passed: results.filter(({ status }) => status === 'passed').length, failed, skipped };
}

const report = read(path);
const { passed, failed, skipped } = report
  ? count(report)
  : { passed: 0, failed: [`vitest ended with code ${exitCode} and left no report`], skipped: [] };
if (failed.length === 0 && exitCode !== '0') failed.push(`vitest ended with code ${exitCode}`);
if (failed.length + passed + skipped.length === 0) failed.push('no test was found');

for (const name of failed) console.error(`  FAILED  ${project}: ${name}`);
for (const name of skipped) console.error(`  SKIPPED ${project}: ${name}`);
console.log(passed, failed.length, skipped.length);
