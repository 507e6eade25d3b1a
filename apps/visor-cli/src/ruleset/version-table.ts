import { type Ruleset } from '#api-client';
import { parseFromHub } from '../from-hub.js';
import { type Clock } from '../format/clock.js';
import { type Paint } from '../format/paint.js';
import { printable } from '../format/printable.js';

/** @throws CliError `protocol` where `json` is no version */
export const parseRuleset = (json: string): Ruleset =>
  parseFromHub<Ruleset>(json, {
    op: 'ruleset',
    name: 'a ruleset',
    needs: 'version',
    has: ({ version, first_seen }) => typeof version === 'string' && typeof first_seen === 'string',
  });

/** @returns `web1`, or `web1 netns blue`; safe to print */
export function placeOf({ agent_id, netns }: Ruleset): string {
  return printable(netns === '' ? agent_id : `${agent_id} netns ${netns}`);
}

const titles = ['VERSION', 'AGENT', 'TABLE', 'RULES', 'FIRST SEEN', 'LAST SEEN'];

/** @returns versions as aligned columns under a header */
export function versionTable(rows: readonly string[], clock: Clock, paint: Paint): string {
  const cells = rows
    .map(parseRuleset)
    .map((row) => [
      printable(row.version),
      placeOf(row),
      printable(`${row.family} ${row.table}`),
      row.rules === null ? '?' : String(row.rules),
      clock.show(row.first_seen),
      row.last_seen === null ? 'in force' : clock.show(row.last_seen),
    ]);
  const widths = titles.map((title, at) =>
    Math.max(title.length, ...cells.map((row) => Array.from(row[at] ?? '').length)),
  );
  const line = (row: readonly string[]): string =>
    row
      .map((cell, at) => cell + ' '.repeat((widths[at] ?? 0) - Array.from(cell).length))
      .join('  ')
      .trimEnd();
  return [paint.dim(line(titles)), ...cells.map(line)].map((text) => `${text}\n`).join('');
}
