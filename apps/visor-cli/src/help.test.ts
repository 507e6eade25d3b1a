import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { beforeAll, expect, it } from 'vitest';
import { Installed } from './testing/installed.js';

const run = promisify(execFile);

let installed: Installed;
beforeAll(() => {
  installed = Installed.once();
});

it('help of every command is as kept', async () => {
  const env = { PATH: process.env['PATH'], HOME: '/nonexistent', OCLIF_COLUMNS: '100' };
  const ids = Object.entries(installed.commands).filter(([, { hidden }]) => hidden !== true);
  const topics = new Set(
    ids.map(([id]) => id.split(':')[0] ?? '').filter((word) => !(word in installed.commands)),
  );
  for (const id of [...ids.map(([name]) => name), ...topics]) {
    const { stdout } = await run(process.execPath, [installed.bin, ...id.split(':'), '--help'], { env });
    await expect(stdout).toMatchFileSnapshot(`./golden/help-${id.replaceAll(':', '-')}.txt`);
  }
}, 120_000);

it('tells the version', async () => {
  const { stdout } = await run(process.execPath, [installed.bin, '--version']);
  expect(stdout).toMatch(/^visor\/\d+\.\d+\.\d+ linux-\S+ node-v\d+/);
}, 60_000);
