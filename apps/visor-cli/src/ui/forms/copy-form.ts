import { type UiState, selectedEntry, selectedGroup } from '../model/state.js';
import { packetLine, shareLine, watchLine } from '../model/share-line.js';
import { CompactFormatter } from '../../format/compact.js';
import { paint } from '../../format/paint.js';
import { printable } from '../../format/printable.js';
import { cut } from '../../format/width.js';
import { type Form, type UiParts } from '../contracts.js';
import { type ChoiceLine, type Chosen, LinesForm } from './lines-form.js';

/** Terminals take about 100 kB, some less; a longer one is shown as garbage by none of them, but not taken. */
const MAX_COPY = 74_000;
const SHOWN = 60;

/** @returns the sequence by which a terminal puts a text on the clipboard (xterm's OSC 52) */
export const clipboard = (text: string): string => `\x1b]52;c;${Buffer.from(text).toString('base64')}\x07`;

/** Something that can be copied. */
interface Copyable {
  readonly label: string;
  readonly text: string;
}

/** @returns the line under the cursor as a person reads it, and as a program does */
function selected(state: UiState, { clock, names }: UiParts): Copyable[] {
  const group = state.aggregate.length > 0 ? selectedGroup(state) : undefined;
  if (group) {
    const values = [...Object.values(group.values), `${group.packets} packets`];
    return [{ label: 'this group', text: values.join(' ') }];
  }
  const entry = selectedEntry(state);
  if (!entry) return [];
  const line = new CompactFormatter({ clock: clock(), paint: paint(false), names }).rows([entry.json]);
  return [
    { label: 'this packet', text: line.trimEnd() },
    { label: 'its story', text: packetLine(state, entry.row.packet_id) },
    { label: 'its row', text: entry.json },
  ];
}

/** @returns all that can be copied: how to come here again, and what the cursor is on */
export function copyables(state: UiState, parts: UiParts): Copyable[] {
  return [
    { label: 'this screen', text: shareLine(state) },
    { label: 'without it', text: watchLine(state) },
    ...selected(state, parts),
  ];
}

/** What is put on the clipboard of the terminal, wherever that is. */
export function copyForm(parts: UiParts): Form {
  const found = copyables(parts.state(), parts);
  const lines = found.map(({ label, text }): ChoiceLine => ({
    label,
    about: cut(printable(text), 4 * SHOWN),
  }));
  const choose = (at: number): Chosen => {
    const { label, text } = found[at] ?? { label: '', text: '' };
    if (text.length > MAX_COPY)
      return { fault: `${label} has ${text.length} characters, more than terminals take` };
    parts.send(clipboard(text));
    const told = `sent to the terminal's clipboard: ${cut(printable(text), SHOWN)}`;
    return { do: [{ type: 'message', text: told }] };
  };
  return new LinesForm('Copy', lines, parts, choose);
}
