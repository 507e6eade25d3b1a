import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type OutputOptions, rolldown } from 'rolldown';
import { asWritten, withLines, withoutSpaces } from './as-written.mjs';

const checks = `export const decodes = (text) => { try { decodeURIComponent(text); } catch { return false; } return true; };
export const prints = (value) => { try { String(value); } catch { return false; } return true; };
`;

let dir: string;
beforeAll(() => {
  dir = mkdtempSync(join(tmpdir(), 'visor-bundle-'));
  writeFileSync(join(dir, 'checks.mjs'), checks);
});
afterAll(() => rmSync(dir, { recursive: true, force: true }));

it.each<[string, OutputOptions]>([
  ['withLines', withLines],
  ['withoutSpaces', withoutSpaces],
])('a bundle finds what its module finds by a call that throws: %s', async (name, form) => {
  const bundle = await rolldown({ input: join(dir, 'checks.mjs'), ...asWritten });
  const file = join(dir, `${name}.mjs`);
  await bundle.write({ file, format: 'esm', ...form });
  await bundle.close();
  const made = (await import(file)) as Record<'decodes' | 'prints', (value: unknown) => boolean>;
  expect([made.decodes('%ff'), made.decodes('%41')]).toEqual([false, true]);
  expect([made.prints(Object.create(null)), made.prints(1)]).toEqual([false, true]);
});
