import { type Query } from '#api-client';
import { type Clock } from '../format/clock.js';
import { JsonFormatter, JsonLinesFormatter } from '../format/json.js';
import { printable } from '../format/printable.js';
import { collect, type Session } from '../session.js';
import { printableText } from './text.js';
import { parseRuleset, placeOf, versionTable } from './version-table.js';

export const listFormats = ['table', 'json', 'jsonl'] as const;
export const atFormats = ['text', ...listFormats] as const;
type VersionFormat = (typeof atFormats)[number];

/** Each text under a line that says whose it is. */
function texts(rows: readonly string[], clock: Clock, session: Session): string {
  const parts = rows.map((json) => {
    const row = parseRuleset(json);
    const since = typeof row.since === 'string' ? clock.show(row.since) : '?';
    const head = `# ${placeOf(row)}: ${printable(`${row.family} ${row.table}`)}, version ${printable(row.version)}, since ${since}`;
    const text = typeof row.text === 'string' ? printableText(row.text) : '# its text has not come\n';
    return `${session.paint.dim(head)}\n${text}`;
  });
  return parts.join('\n');
}

/** Prints versions of tables. @returns how many there are */
export async function printVersions(query: Query, format: VersionFormat, session: Session): Promise<number> {
  const { client, output, notice, signal } = session;
  const rows = await collect(client.rulesets(query, signal));
  if (signal.aborted) return 0;
  const clock = session.clock();
  const print = {
    table: () => (rows.length > 0 ? versionTable(rows, clock, session.paint) : ''),
    text: () => texts(rows, clock, session),
    json: () => {
      const formatter = new JsonFormatter();
      return formatter.rows(rows) + formatter.end();
    },
    jsonl: () => new JsonLinesFormatter().rows(rows),
  } satisfies Record<VersionFormat, () => string>;
  await output.write(print[format]());
  if (rows.length === 0)
    notice(
      query['at'] === undefined
        ? 'nothing matches'
        : 'no version that matches is known of that time; visor-cli ruleset list shows from when on there are some',
    );
  return rows.length;
}
