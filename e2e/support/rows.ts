import { type JsonRow } from '#columns';
import { eventually } from './eventually.js';
import { cli } from './programs.js';

/** Runs `visor-cli watch -o jsonl` with more flags. @returns its rows. @throws when it fails */
export async function watchRows(hub: string, ...flags: string[]): Promise<JsonRow[]> {
  const { code, stdout, stderr } = await cli(hub, 'watch', '-o', 'jsonl', ...flags);
  if (code !== 0) throw new Error(`visor-cli watch ${flags.join(' ')} failed (${code}): ${stderr}`);
  return parseRows(stdout);
}

/** How long rows are waited for, and that no more come. */
export interface UntilRows {
  readonly timeout_ms?: number;
  readonly stable_ms?: number;
}

/**
 * Waits until the hub has rows for the flags of `visor-cli watch`, each with one value or `--hops`, and no more come. It
 * asks over REST: to start a program again and again would take the time of what is tested.
 * @returns what `visor-cli watch` then shows, also when the time is up: the test's own assertion tells what is wrong
 */
export async function untilRows(
  hub: string,
  flags: readonly string[],
  enough: number | ((rows: JsonRow[]) => boolean),
  { timeout_ms = 60_000, stable_ms = 500 }: UntilRows = {},
): Promise<JsonRow[]> {
  const asked = async (): Promise<JsonRow[]> => {
    const answer = await fetch(rowsUrl(hub, flags));
    if (!answer.ok) throw new Error(`${answer.url} answers ${answer.status}: ${await answer.text()}`);
    return parseRows(await answer.text());
  };
  const holds = typeof enough === 'number' ? (rows: JsonRow[]) => rows.length >= enough : enough;
  await eventually(asked, holds, { timeout_ms, stable_ms });
  return watchRows(hub, ...flags);
}

function rowsUrl(hub: string, flags: readonly string[]): string {
  const query = new URLSearchParams({ format: 'jsonl' });
  const names = flags.filter((flag) => flag.startsWith('--') && flag !== '--hops');
  for (const name of names) query.append(name.slice(2), flags[flags.indexOf(name) + 1] ?? '');
  return `${hub}/api/v1/${flags.includes('--hops') ? 'traces' : 'packets'}?${query.toString()}`;
}

/** @returns the rows of JSON lines */
export function parseRows(text: string): JsonRow[] {
  return text
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line) as JsonRow);
}
