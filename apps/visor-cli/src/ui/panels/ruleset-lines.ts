import { type RulesetVersion } from '#api-client';
import { type Paint } from '../../format/paint.js';
import { outcome } from '../../format/packet.js';
import { printable, type TextRow } from '../../format/printable.js';
import { cut, padded } from '../../format/width.js';
import { wrapped } from '../../format/wrap.js';
import { MARK } from '../../packet/hop-pieces.js';
import { decidedIn, hitsOf, type VersionHops } from '../../packet/ruleset.js';
import { type ColumnValue, type Lines } from '../contracts.js';
import { flagValue } from '../model/add-value.js';

const HOPS = 5;
/** The mark, the hops, a bar between spaces. */
const MARGIN = 1 + HOPS + 3;
const MIN_TEXT = 20;
const TAB = '  ';
const HANG = 4;

/** A part of the panel: lines that are there, or a table's text that is made a line at a time. */
export interface Part extends Lines {
  readonly mark?: number | undefined;
  valueAt?(line: number): ColumnValue | undefined;
}

/**
 * The text of a table with the hops of a packet beside the rules that it met, and a mark at the one that decided. A rule
 * that it met goes on below where it is long; other lines are made when they are looked at: a table may have very many.
 */
export class TablePart implements Part {
  readonly mark: number | undefined;
  readonly #lines: readonly string[];
  readonly #hits: ReadonlyMap<number, readonly TextRow[]>;
  /** Where lines of hits begin, and how many there are, in their order: the others have one each. */
  readonly #met: readonly {
    readonly line: number;
    readonly start: number;
    readonly shown: readonly string[];
  }[];

  constructor(
    { rows }: VersionHops,
    private readonly version: RulesetVersion,
    private readonly paint: Paint,
    private readonly width: number,
  ) {
    this.#lines = version.text.replace(/\n$/, '').split('\n');
    this.#hits = hitsOf(rows, version, this.#lines);
    let more = 0;
    let mark: number | undefined;
    this.#met = [...this.#hits]
      .sort(([a], [b]) => a - b)
      .map(([line, met]) => {
        const shown = this.#marked(this.#lines[line] ?? '', met);
        const start = line + more;
        more += shown.length - 1;
        if (decidedIn(met)) mark = start;
        return { line, start, shown };
      });
    this.mark = mark;
    this.length = this.#lines.length + more;
  }

  readonly length: number;

  at(index: number): string | undefined {
    const { line, shown } = this.#place(index);
    if (shown !== undefined) return shown;
    const text = this.#lines[line];
    if (text === undefined) return undefined;
    const { dim } = this.paint;
    return dim(`${' '.repeat(MARGIN - 2)}│ ${expanded(text)}`);
  }

  valueAt(index: number): ColumnValue | undefined {
    const { line } = this.#place(index);
    const rule = this.version.rules.find((one) => one.line === line + 1);
    if (rule) return { column: 'handle', value: String(rule.handle) };
    const [, chain] = /^\tchain "?(.+?)"? \{/.exec(this.#lines[line] ?? '') ?? [];
    return chain === undefined ? undefined : { column: 'chain', value: flagValue('chain', chain) };
  }

  /** @returns the line of the text that is there, and of a hit what is shown */
  #place(index: number): { readonly line: number; readonly shown?: string } {
    let more = 0;
    for (const { line, start, shown } of this.#met) {
      if (index < start) break;
      const at = index - start;
      if (at < shown.length) return { line, shown: shown[at] ?? '' };
      more += shown.length - 1;
    }
    return { line: index - more };
  }

  #marked(text: string, met: readonly TextRow[]): string[] {
    const { paint } = this;
    const decided = decidedIn(met);
    const word = decided ? outcome(decided) : '';
    const color = (shown: string): string => (decided ? paint.outcome(shown, word) : shown);
    const hops = padded(met.map(({ hop }) => hop).join(','), HOPS, true);
    const indent = /^\t*/.exec(text)?.[0].length ?? 0;
    const start = TAB.repeat(indent);
    const room = Math.max(this.width - MARGIN - start.length, MIN_TEXT);
    const body = wrapped([{ text: printable(text.slice(indent)) }], room, { hang: HANG });
    const bar = paint.dim('│');
    const mark = decided ? color(MARK) : '·';
    return body.map(
      (line, at) => `${at === 0 ? mark + hops : ' '.repeat(1 + HOPS)} ${bar} ${start}${color(line)}`,
    );
  }
}

/** @returns a line of a table with its tabs as spaces, safe to print */
const expanded = (text: string): string => text.split('\t').map(printable).join(TAB);

/** @returns the head of a table's part */
export function headOf({ family, table, version }: VersionHops, paint: Paint, width: number): string {
  const name = [family, table].filter((part) => part !== '').join(' ');
  return paint.dim(cut(`── ${name}, version ${version || 'not known'} `, width).padEnd(width, '─'));
}

/** Parts one under the other. */
export class Parts implements Lines {
  readonly length: number;

  constructor(private readonly parts: readonly Part[]) {
    this.length = parts.reduce((sum, part) => sum + part.length, 0);
  }

  at(index: number): string | undefined {
    const found = this.#find(index);
    return found?.part.at(found.at);
  }

  valueAt(index: number): ColumnValue | undefined {
    const found = this.#find(index);
    return found?.part.valueAt?.(found.at);
  }

  get mark(): number | undefined {
    let before = 0;
    for (const part of this.parts) {
      if (part.mark !== undefined) return before + part.mark;
      before += part.length;
    }
    return undefined;
  }

  #find(index: number): { readonly part: Part; readonly at: number } | undefined {
    let at = index;
    for (const part of this.parts) {
      if (at < part.length) return { part, at };
      at -= part.length;
    }
    return undefined;
  }
}
