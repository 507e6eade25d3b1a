import { type Silence } from '#api-client';
import { printable } from '../format/printable.js';
import { type TextCell, type TextColumn, textTable } from '../groups/text-table.js';
import { type Session } from '../session.js';

const columns: readonly TextColumn[] = [
  { title: 'ID' },
  { title: 'UNTIL' },
  { title: 'BY', min: 8 },
  { title: 'MATCHES', min: 16 },
  { title: 'COMMENT', min: 12 },
];

/** @returns silences as aligned columns under a header; what is over is dim */
export function silenceTable(
  silences: readonly Silence[],
  { clock, paint, width, now }: Pick<Session, 'clock' | 'paint' | 'width' | 'now'>,
): string {
  const time = clock();
  const rows = silences.map(({ id, until, by, match, comment }): TextCell[] => [
    { text: printable(id) },
    { text: time.show(until) },
    { text: printable(by) },
    { text: printable(match.join(' ')) },
    { text: printable(comment) },
  ]);
  const { head, lines } = textTable(columns, rows, width);
  const shown = lines.map((line, at) =>
    Date.parse(silences[at]?.until ?? '') <= now() ? paint.dim(line) : line,
  );
  return [paint.dim(head), ...shown].map((line) => `${line}\n`).join('');
}
