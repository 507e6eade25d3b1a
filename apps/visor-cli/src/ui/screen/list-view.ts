import { fit, inverse, plainText } from './styled.js';
import { type ColumnName, flagName } from '#columns';
import { printable } from '../../format/printable.js';
import { padded } from '../../format/width.js';
import { bytesText, countText } from '../../groups/units.js';
import { type Size, type UiParts } from '../contracts.js';
import { type GroupLine, type UiState } from '../model/state.js';
import { valueUnderCursor } from './fields.js';
import { topFor } from './layout.js';
import { packetLine } from './packet-line.js';

/** Marks the selected line, also where nothing shows inverse. */
const MARK = '▸';

/** Lines of the list, and where on the screen the cursor is. */
export class ListView {
  /** The line of the screen in which the cursor stands. */
  #row = 0;
  #top = 0;

  constructor(private readonly parts: Pick<UiParts, 'clock' | 'paint' | 'names'>) {}

  /** @returns how many lines the list has */
  static length({ list, aggregate }: UiState): number {
    return aggregate.length > 0 ? (list.groups?.lines.length ?? 0) : list.entries.length;
  }

  /** @returns where the newest, or of groups the largest is: there the cursor is unless a line is selected */
  static home(state: UiState): number {
    return state.aggregate.length === 0 && state.order === 'newest-last' ? ListView.length(state) - 1 : 0;
  }

  static keyAt({ list, aggregate }: UiState, at: number): string | undefined {
    return aggregate.length > 0 ? list.groups?.lines[at]?.key : list.entries[at]?.key;
  }

  /** @returns the number of the line under the cursor */
  static cursor(state: UiState): number {
    const { selected, entries, groups } = state.list;
    if (selected === undefined) return ListView.home(state);
    const lines: readonly { readonly key: string }[] =
      state.aggregate.length > 0 ? (groups?.lines ?? []) : entries;
    const found = lines.findIndex(({ key }) => key === selected);
    return found < 0 ? ListView.home(state) : found;
  }

  /** @returns the key of the line on a row of the screen */
  keyOn(state: UiState, row: number): string | undefined {
    return ListView.keyAt(state, this.#top + row);
  }

  /** The cursor has moved by so many lines: it moves on the screen as long as there is room. */
  moved(lines: number): void {
    this.#row += lines;
  }

  /** The line on that row of the screen is to be the cursor's, and to stay where it is. */
  pressed(row: number): void {
    this.#row = row;
  }

  lines(state: UiState, { width, height }: Size, focused: boolean): string[] {
    const length = ListView.length(state);
    const at = ListView.cursor(state);
    if (state.list.selected === undefined) this.#row = at === 0 ? 0 : height - 1;
    this.#row = Math.max(0, Math.min(this.#row, height - 1));
    this.#top = topFor(at, this.#row, length, height);
    this.#row = Math.max(0, at - this.#top);
    if (length === 0) return filled(emptyText(state), { width, height }, this.parts);
    const { clock, paint, names } = this.parts;
    const line = { clock: clock(), paint, names };
    return Array.from({ length: height }, (_, row) => {
      const number = this.#top + row;
      if (number >= length) return ' '.repeat(width);
      const entry = state.list.entries[number];
      const group = state.list.groups?.lines[number];
      const text =
        state.aggregate.length > 0
          ? group && groupLine(group, state, width - 1)
          : entry && packetLine(entry, width - 1, line);
      const shown = fit(text ?? '', width - 1);
      if (number !== at) return ` ${shown}`;
      return focused ? inverse(`${MARK}${plainText(shown)}`) : `${MARK}${shown}`;
    });
  }
}

const METRIC = 9;

/** @returns `   1.23 k   12 KiB  10.0.0.2  443` */
function groupLine(
  { values, packets, bytes, drops }: GroupLine,
  { aggregate }: UiState,
  width: number,
): string {
  const numbers = [countText(packets), drops === 0 ? '' : countText(drops), bytesText(bytes)];
  const metrics = numbers.map((text) => padded(text, METRIC, true)).join(' ');
  const room = Math.max(6, Math.floor((width - (METRIC + 1) * 3) / Math.max(1, aggregate.length)) - 1);
  return `${metrics}  ${aggregate.map((name) => padded(values[name] || '-', room)).join(' ')}`;
}

function emptyText(state: UiState): string[] {
  if (state.connection.kind === 'failed') return [state.connection.why];
  if (state.connection.kind === 'connecting') return ['asking the hub …'];
  if (state.connection.kind === 'reconnecting') return [state.connection.why];
  if (state.range.kind === 'fixed')
    return ['nothing matches in this time; t takes another, f another filter'];
  if (state.aggregate.length > 0) return ['nothing matches'];
  return ['nothing has come yet; what comes is shown at once'];
}

function filled(
  texts: readonly string[],
  { width, height }: Size,
  { paint }: Pick<UiParts, 'paint'>,
): string[] {
  const words = texts.flatMap((text) => wordLines(text, width - 2));
  return Array.from({ length: height }, (_, at) => fit(` ${paint.dim(words[at] ?? '')}`, width));
}

function wordLines(text: string, width: number): string[] {
  const lines: string[] = [];
  for (const word of text.split(' ')) {
    const last = lines.at(-1);
    if (last !== undefined && last.length + word.length < width) lines[lines.length - 1] = `${last} ${word}`;
    else lines.push(word);
  }
  return lines;
}

/** @returns `Packets 123 · ip-dst 10.0.1.2` */
export function listTitle(state: UiState, field: ColumnName): string {
  const length = ListView.length(state);
  const { aggregate, list } = state;
  const what = aggregate.length > 0 ? `Groups ${length}${list.groups?.more ? '+' : ''}` : `Flows ${length}`;
  const value = valueUnderCursor(state, field);
  const shown = value ? ` · ${flagName(field)} ${printable(value.value) || "''"}` : '';
  return `${what}${list.forgotten > 0 ? ` (${list.forgotten} older gone)` : ''}${shown}`;
}
