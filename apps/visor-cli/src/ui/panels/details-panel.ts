import { columns, type ColumnName, findColumn, groups, type Group } from '#columns';
import { type TextRow, parseValues, printable } from '../../format/printable.js';
import { padded, widthOf } from '../../format/width.js';
import { wrapped } from '../../format/wrap.js';
import { type ColumnValue, type Lines, type Panel, type PanelProps, type UiParts } from '../contracts.js';
import { flagValue } from '../model/add-value.js';
import { type UiState } from '../model/state.js';
import { Memo } from './memo.js';
import { type PacketSource, type Shown } from './packet-source.js';

const GAP = 2;
const nameWidth = Math.max(...columns.map(({ name }) => widthOf(name)));

interface Detail {
  readonly text: string;
  readonly value?: ColumnValue;
}

/** Every column of a packet. */
export class DetailsPanel implements Panel {
  readonly name = 'details';
  readonly title = 'Details';
  readonly #memo = new Memo<readonly Detail[]>();
  #shown: readonly Detail[] = [];

  constructor(
    private readonly source: PacketSource,
    private readonly parts: Pick<UiParts, 'paint' | 'clock'>,
  ) {}

  update(state: UiState): void {
    this.source.update(state);
  }

  lines({ width }: PanelProps): Lines {
    const { packet } = this.source;
    this.#shown = packet
      ? this.#memo.get([packet.json, width], () => this.#details(packet, width))
      : [{ text: 'no packet is selected' }];
    return this.#shown.map(({ text }) => text);
  }

  valueAt(line: number): ColumnValue | undefined {
    return this.#shown[line]?.value;
  }

  #details({ json, row }: Shown, width: number): Detail[] {
    const values = parseValues(json);
    const { paint } = this.parts;
    return (Object.keys(groups) as Group[]).flatMap((group, at) => [
      ...(at > 0 ? [{ text: '' }] : []),
      { text: paint.dim(groups[group]) },
      ...columns
        .filter((column) => column.group === group)
        .flatMap(({ name }) => this.#column(name, String(values[name] ?? ''), row, width)),
    ]);
  }

  /** A name of a list is a line: it can be filtered by. */
  #column(name: ColumnName, raw: string, row: TextRow, width: number): Detail[] {
    const isList = findColumn(name)?.list === true && raw.includes(',');
    const label = this.parts.paint.dim(padded(name, nameWidth));
    const room = Math.max(width - nameWidth - GAP, 1);
    return (isList ? raw.split(',') : [raw]).flatMap((one, at) => {
      const value = { column: name, value: flagValue(name, one) };
      return this.#value(name, one, row, room).map((line, part) => {
        const start = at === 0 && part === 0 ? label : ' '.repeat(nameWidth);
        return { text: `${start}${' '.repeat(GAP)}${line}`, value };
      });
    });
  }

  #value(name: ColumnName, raw: string, row: TextRow, room: number): string[] {
    const { paint, clock } = this.parts;
    if (raw === '') return [paint.dim('-')];
    if (name === 'ts') return [clock().show(row.ts)];
    const text = printable(raw);
    if (name === 'fate' || name === 'verdict') return [paint.outcome(text, text.toUpperCase())];
    return wrapped([{ text }], room);
  }
}
