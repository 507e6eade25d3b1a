import { type Clock } from '../format/clock.js';
import { type Names } from '../format/names.js';
import { outcome } from '../format/packet.js';
import { type Paint } from '../format/paint.js';
import { type TextRow } from '../format/printable.js';
import { padded, widthOf } from '../format/width.js';
import { type Piece, wrapped } from '../format/wrap.js';
import { durationText } from '../groups/units.js';
import { headerLines, interfaces, whatItIs, whoToWhom } from './headers.js';
import { elapsed, type Step, stepsOf } from './path.js';
import { changes, MARK, pieces } from './hop-pieces.js';
import { narrowPathLines } from './narrow-path.js';
import { placeOf, verdictLine } from './rule.js';

export interface StoryOptions {
  readonly clock: Clock;
  readonly paint: Paint;
  /** Characters a line may have; Infinity where it is no terminal. */
  readonly width: number;
  /** Lines about events that agents lost while the packet was on its way. */
  readonly losses: readonly string[];
  /** Names beside numbers; none unless given. */
  readonly names?: Names;
  /** Where lines are short: hops with less before them, and without times. */
  readonly narrow?: boolean;
}

const INDENT = 2;
/** Where the path begins: the mark, the hop's number, the time since the hop before. */
const HOP = 4;
const TIME = 11;
const MARGIN = 2 + HOP + TIME + 2;
/** Rules are not squeezed into less, however deep. */
const MIN_TEXT = 24;

const isDecisive = ({ decisive }: TextRow): boolean => decisive === 'true';

function head(first: TextRow, rows: readonly TextRow[], options: StoryOptions): string[] {
  const { clock, paint } = options;
  const netns = first.netns === '' ? '' : `, network namespace ${first.netns}`;
  const sampled =
    Number(first.sampling) > 1 ? [`one of ${first.sampling}, of which it is the sample that was taken`] : [];
  const lines = headerLines(rows.find((row) => row.ether_type !== '') ?? first);
  const width = Math.max(0, ...lines.map(({ name }) => widthOf(name)));
  const known = first.ether_type !== '' || first.ip_src !== '';
  return [
    `packet ${first.packet_id} on ${first.agent_id || '-'}${netns}`,
    ...wrapped(
      [
        { text: clock.show(first.ts) },
        ...(known
          ? [{ text: whoToWhom(first, options.names) }, { text: whatItIs(first, options.names) }]
          : [{ text: 'its headers are not known' }]),
      ],
      options.width,
    ),
    ...sampled,
    '',
    ...lines.flatMap(({ name, facts }) => {
      const room = options.width - width - 4;
      const [start = '', ...rest] = wrapped(
        facts.map((text) => ({ text })),
        room,
      );
      return [
        `  ${paint.dim(padded(name, width))}  ${start}`,
        ...rest.map((line) => ' '.repeat(width + 4) + line),
      ];
    }),
  ];
}

function hookLines({ row }: Step, before: TextRow | undefined, options: StoryOptions): string[] {
  const { paint, width, names } = options;
  const facts = [interfaces(row), ...changes(row, before, names)];
  const pieces = facts.map((text): Piece => ({ text, paint: (shown) => paint.dim(shown) }));
  const lines = wrapped(
    [{ text: row.hook || 'unknown hook' }, ...pieces],
    Math.max(width - MARGIN, MIN_TEXT),
  );
  return lines.map((line) => ' '.repeat(MARGIN) + line);
}

function hopLines({ row, depth, after_us }: Step, verdictWidth: number, options: StoryOptions): string[] {
  const { paint, width } = options;
  const word = outcome(row);
  const mark = isDecisive(row) ? paint.outcome(MARK, word) : ' ';
  const time = after_us === undefined ? '' : `+${durationText(after_us)}`;
  const indent = ' '.repeat(INDENT * (depth + 2));
  const verdict = paint.outcome(padded(word, verdictWidth), word);
  const used = MARGIN + indent.length + verdictWidth + 2;
  const start = `${mark} ${paint.dim(row.hop.padStart(HOP) + time.padStart(TIME))}  ${indent}${verdict}  `;
  const lines = wrapped(pieces(row, paint), Math.max(width - used, MIN_TEXT));
  return lines.map((line, at) => (at > 0 ? ' '.repeat(used) : start) + line);
}

function pathLines(rows: readonly TextRow[], options: StoryOptions): string[] {
  const steps = stepsOf(rows);
  const width = Math.max(...rows.map((row) => outcome(row).length));
  return steps.flatMap((step, at) => {
    const { row, depth, missing, entersHook, entersChain } = step;
    const before = rows[at - 1];
    const gap = missing === 1 ? '1 hop is missing here' : `${missing} hops are missing here`;
    return [
      ...(missing > 0 ? [`${' '.repeat(MARGIN)}${options.paint.loss(gap)}`] : []),
      ...(entersHook ? hookLines(step, before, options) : []),
      ...(entersChain ? [`${' '.repeat(MARGIN + INDENT * (depth + 1))}${placeOf(row)}`] : []),
      ...hopLines(step, width, options),
    ];
  });
}

/** @returns `6 hops in 124 µs` */
function summary(rows: readonly TextRow[]): string {
  if (rows.length === 1) return '1 hop';
  const us = elapsed(rows);
  return us === 0 ? `${rows.length} hops, received at once` : `${rows.length} hops in ${durationText(us)}`;
}

/**
 * The story of a packet: its headers, who sent it to whom, then hop by hop, chain by chain, what became of it.
 *
 * @param rows its hops in their order, one at least
 * @param decided the one that decided; absent where it is not known
 */
export function story(rows: readonly TextRow[], decided: TextRow | undefined, options: StoryOptions): string {
  const { paint, losses, width } = options;
  const [first] = rows;
  if (!first) return '';
  const fate = verdictLine(decided, rows);
  const [word = ''] = /^[A-Z]+/.exec(fate) ?? [];
  const end = wrapped([{ text: fate }], width);
  const lines = [
    ...head(first, rows, options),
    '',
    ...(options.narrow === true ? narrowPathLines(rows, options) : pathLines(rows, options)),
    '',
    ...losses.map((line) => paint.loss(line)),
    paint.dim(summary(rows)),
    ...end.map((line, at) => (at === 0 ? paint.outcome(word, word) + line.slice(word.length) : line)),
  ];
  return lines.map((line) => `${line.trimEnd()}\n`).join('');
}
