import { type RulesetVersion } from '#api-client';
import { type Paint } from '../format/paint.js';
import { outcome } from '../format/packet.js';
import { printable, type TextRow } from '../format/printable.js';
import { hasRule } from './rule.js';
import { MARK } from './hop-pieces.js';

/** The hops of a packet in one version of a table. */
export interface VersionHops {
  readonly version: string;
  readonly family: string;
  readonly table: string;
  readonly rows: readonly TextRow[];
}

/** @returns the versions that the packet met, in the order in which it did */
export function versionsOf(rows: readonly TextRow[]): VersionHops[] {
  const found = new Map<string, { version: string; family: string; table: string; rows: TextRow[] }>();
  for (const row of rows) {
    const { table_version: version, family, table } = row;
    const key = JSON.stringify([version, family, table]);
    const one = found.get(key) ?? { version, family, table, rows: [] };
    one.rows.push(row);
    found.set(key, one);
  }
  return [...found.values()];
}

/** @returns the lines of the text, from 0, in which a chain stands: its head to its closing brace */
function chainLines(lines: readonly string[], chain: string): { from: number; to: number } | undefined {
  const from = lines.findIndex((line) => {
    const [, name] = /^\tchain (.+?) \{/.exec(line) ?? [];
    return name === chain || name === `"${chain}"`;
  });
  if (from < 0) return undefined;
  const to = lines.findIndex((line, at) => at > from && line.startsWith('\t}'));
  return { from, to: to < 0 ? lines.length - 1 : to };
}

/** @returns the line where the row's rule or policy stands, from 0 */
function lineOf(row: TextRow, version: RulesetVersion, lines: readonly string[]): number | undefined {
  if (hasRule(row)) {
    const rule = version.rules.find(
      ({ handle, chain }) => String(handle) === row.handle && chain === row.chain,
    );
    return rule && rule.line > 0 ? rule.line - 1 : undefined;
  }
  const place = chainLines(lines, row.chain);
  if (!place) return undefined;
  const policy = lines.findIndex(
    (line, at) => at > place.from && at < place.to && /^\t\ttype .* hook /.test(line),
  );
  return row.type === 'policy' && policy >= 0 ? policy : place.to;
}

const HOPS = 6;

/** @returns the rows of the hops that met a line, by its number from 0 */
export function hitsOf(
  rows: readonly TextRow[],
  version: RulesetVersion,
  lines: readonly string[],
): ReadonlyMap<number, readonly TextRow[]> {
  const hits = new Map<number, TextRow[]>();
  for (const row of rows) {
    const at = lineOf(row, version, lines);
    if (at !== undefined) hits.set(at, [...(hits.get(at) ?? []), row]);
  }
  return hits;
}

/** @returns the row that decided, of those that met a line */
export const decidedIn = (met: readonly TextRow[]): TextRow | undefined =>
  met.find(({ decisive }) => decisive === 'true');

/**
 * @returns the chains that the packet went through, as nft prints them, with the numbers of the hops beside the rules
 * that it met, and a mark at the one that decided
 */
export function markedChains({ rows }: VersionHops, version: RulesetVersion, paint: Paint): string {
  const lines = version.text.split('\n');
  const hits = hitsOf(rows, version, lines);
  const show = (text: string, at: number): string => {
    const met = hits.get(at) ?? [];
    const decided = decidedIn(met);
    const word = decided ? outcome(decided) : '';
    const hops = met
      .map(({ hop }) => hop)
      .join(',')
      .padStart(HOPS);
    const body = text.replace(/^\t/, '').split('\t').map(printable).join('    ');
    const mark = decided ? paint.outcome(MARK, word) : ' ';
    const margin = `${mark}${hops} ${paint.dim('│')} `;
    if (decided) return margin + paint.outcome(body, word);
    return margin + (met.length > 0 ? body : paint.dim(body));
  };
  const chains = [...new Set(rows.map(({ chain }) => chain))];
  const blocks = chains.map((chain) => {
    const place = chainLines(lines, chain);
    if (!place) return `        ${paint.dim(`chain ${chain} is not in this version`)}\n`;
    return lines
      .slice(place.from, place.to + 1)
      .map((line, at) => `${show(line, place.from + at).trimEnd()}\n`)
      .join('');
  });
  return blocks.join(`${' '.repeat(1 + HOPS + 1)}${paint.dim('│')}\n`);
}
