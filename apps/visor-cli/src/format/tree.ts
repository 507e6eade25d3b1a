import { Chains } from './chains.js';
import { type LineOptions, linesOf, sample, whoToWhom } from './compact.js';
import { type RowFormatter } from './formatter.js';
import { type Names, numeric } from './names.js';
import { decision, outcome } from './packet.js';
import { parseRow, type TextRow } from './printable.js';
import { padded } from './width.js';
import { wrapped } from './wrap.js';

export interface TreeOptions extends LineOptions {
  /** Rows come one by one: they are printed at once; else hops of packets on their way at one time are put together. */
  readonly live: boolean;
}

/** Marks the hop that decided. */
const MARK = '▶';
const INDENT = 2;
const HOOK = 11;
const VERDICT = 8;
/** Where a base chain's rules begin. */
const START = 2 + HOOK + 2 + VERDICT + 2;
const MIN_TEXT = 24;
/** Live packets of which it is remembered in which chains they are. */
const REMEMBERED = 1000;

const keyOf = ({ agent_id, netns, packet_id }: TextRow): string =>
  JSON.stringify([agent_id, netns, packet_id]);

/** Hops of one packet, or a line to a person. */
type Branch = { readonly key: string; readonly rows: TextRow[] } | { readonly note: string };

/**
 * A packet, and below it hop by hop what it met, deeper by each jump:
 *
 *     14:03:11.204518 web1 10.0.0.2:51034 -> 10.0.1.2:80(http) tcp SYN DROPPED packet 9007199254740993
 *       input        JUMP      inet filter input handle 6 "tcp dport 80 jump web"
 *     ▶ input        DROPPED     inet filter web handle 10 "ip saddr 198.51.100.0/24 drop"
 */
export class TreeFormatter implements RowFormatter {
  readonly #names: Names;
  #width: number;
  /** In the order in which their first rows came. */
  #branches: Branch[] = [];
  readonly #open = new Map<string, TextRow[]>();
  readonly #chains = new Map<string, Chains>();
  #last = '';

  constructor(private readonly options: TreeOptions) {
    this.#names = options.names ?? numeric;
    this.#width = options.width ?? Infinity;
  }

  rows(rows: readonly string[]): string {
    for (const json of rows) this.#grow(parseRow(json));
    return this.options.live ? this.#flush() : '';
  }

  readonly note = (line: string): string => {
    this.#branches.push({ note: line });
    return this.options.live ? this.#flush() : '';
  };

  resize(width: number): void {
    this.#width = width;
  }

  end(): string {
    return this.#flush();
  }

  #grow(row: TextRow): void {
    const key = keyOf(row);
    const rows = this.#open.get(key);
    if (rows) return void rows.push(row);
    const branch = { key, rows: [row] };
    this.#open.set(key, branch.rows);
    this.#branches.push(branch);
  }

  #flush(): string {
    const lines = this.#branches.flatMap((branch) =>
      'note' in branch ? [this.options.paint.loss(branch.note)] : this.#packet(branch.key, branch.rows),
    );
    this.#branches = [];
    this.#open.clear();
    return lines.map((line) => `${line}\n`).join('');
  }

  #packet(key: string, rows: readonly TextRow[]): string[] {
    const [first] = rows;
    if (!first) return [];
    const known = this.#chains.get(key);
    const chains = known ?? new Chains();
    this.#remember(key, chains);
    const hops = rows.flatMap((row) => this.#hop(row, chains));
    const head = key === this.#last ? [] : this.#head(first, known !== undefined);
    this.#last = key;
    return [...head, ...hops];
  }

  #head(row: TextRow, continued: boolean): string[] {
    const { clock, paint } = this.options;
    const who = [
      { text: clock.show(row.ts), paint: paint.dim },
      { text: row.agent_id || '-' },
      { text: whoToWhom(row, this.#names) },
    ];
    const rest = ['packet', row.packet_id, sample(row), continued ? '(continued)' : ''];
    const fate = [
      { text: row.fate.toUpperCase() || '?', paint: paint.outcome },
      { text: rest.filter((part) => part !== '').join(' '), paint: paint.dim },
    ];
    return linesOf(who, fate, this.#width);
  }

  /** Of a rule nothing is cut off: what does not fit goes on below. */
  #hop(row: TextRow, chains: Chains): string[] {
    const { paint } = this.options;
    const { depth } = chains.enter(row);
    const word = outcome(row);
    const mark = row.decisive === 'true' ? paint.outcome(MARK, word) : ' ';
    const hook = paint.dim(padded(row.hook || '?', HOOK));
    const verdict = paint.outcome(padded(word, VERDICT), word);
    const hang = START + INDENT * depth;
    // However deep, and however narrow the terminal: a line has room for some words.
    const lines = wrapped([{ text: decision(row) }], Math.max(this.#width - hang, MIN_TEXT));
    const start = `${mark} ${hook}  ${verdict}  ${' '.repeat(INDENT * depth)}`;
    return lines.map((line, at) => (at === 0 ? start : ' '.repeat(hang)) + line);
  }

  #remember(key: string, chains: Chains): void {
    if (!this.options.live) return;
    this.#chains.delete(key);
    this.#chains.set(key, chains);
    const [oldest] = this.#chains.keys();
    if (this.#chains.size > REMEMBERED && oldest !== undefined) this.#chains.delete(oldest);
  }
}
