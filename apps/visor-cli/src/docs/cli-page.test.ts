import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { format, resolveConfig } from 'prettier';
import { beforeAll, describe, expect, it } from 'vitest';
import { Installed } from '../testing/installed.js';

let installed: Installed;
beforeAll(() => {
  installed = Installed.once();
});

describe('docs/cli.md', () => {
  it('is as the commands say; npm run generate:cli-docs makes it anew', async () => {
    const made = join(installed.folder, 'cli.md');
    execFileSync(process.execPath, ['scripts/write-cli-page.mjs', made, installed.folder]);
    const options = { ...(await resolveConfig('docs/cli.md')), parser: 'markdown' };
    const text = await format(readFileSync(made, 'utf8'), options);
    expect(readFileSync('docs/cli.md', 'utf8')).toBe(text);
  });

  it('can tell of every command: each has a summary, a description, a usage and three examples or more', () => {
    for (const [id, { summary, description, usage, examples, hidden }] of Object.entries(
      installed.commands,
    )) {
      if (hidden) continue;
      expect([id, Boolean(summary), Boolean(description), Boolean(usage)]).toEqual([id, true, true, true]);
      expect([id, (examples as unknown[]).length >= 3]).toEqual([id, true]);
    }
  });
});
