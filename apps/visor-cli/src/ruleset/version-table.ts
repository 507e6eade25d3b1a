import { type Ruleset } from '#api-client';
import { CliError } from '../errors.js';
import { type Clock } from '../format/clock.js';
import { type Paint } from '../format/paint.js';
import { printable } from '../format/printable.js';

/** @throws CliError `protocol` where `json` is no version */
export function parseRuleset(json: string): Ruleset {
  let found: Partial<Ruleset> | null;
  try {
    found = JSON.parse(json) as Partial<Ruleset> | null;
  } catch (cause) {
    const sentence = `the hub sent a ruleset that is no JSON: ${json.slice(0, 80)}`;
    throw new CliError('ruleset', 'protocol', sentence, { cause });
  }
  if (typeof found?.version === 'string' && typeof found.first_seen === 'string') return found as Ruleset;
  throw new CliError('ruleset', 'protocol', `the hub sent a ruleset without version: ${json.slice(0, 80)}`);
}

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
