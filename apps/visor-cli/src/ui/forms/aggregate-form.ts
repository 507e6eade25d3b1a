import { columns, flagName } from '#columns';
import { suggestColumn } from '#filter';
import { topNames, topSubjects } from '../../groups/top.js';
import { type Form, type UiParts } from '../contracts.js';
import { columnList } from './filter-fields.js';
import { type ChoiceLine, type Chosen, LinesForm } from './lines-form.js';
import { type Proposals } from './proposals.js';
import { type TextField } from './text-field.js';

/** The hub groups by so many. */
const MAX_BY = 8;
const names = columns.map(({ name }) => flagName(name));
const docs = new Map<string, string>(columns.map(({ name, doc }) => [flagName(name), doc]));
const presets = topNames.filter((name) => name !== 'drops');

/** @returns the columns that the name at the cursor may become */
export function columnProposals({ text, cursor }: TextField): Proposals {
  const before = text.slice(0, cursor);
  const from = /[^,]*$/.exec(before)?.index ?? 0;
  const space = /^\s*/.exec(before.slice(from))?.[0].length ?? 0;
  const prefix = before
    .slice(from + space)
    .toLowerCase()
    .replaceAll('_', '-');
  const rest = /^[^,]*/.exec(text.slice(cursor))?.[0].length ?? 0;
  const items = names
    .filter((name) => name.startsWith(prefix) && name !== prefix)
    .map((name) => ({ text: name, about: docs.get(name) ?? '' }));
  return { from: from + space, to: cursor + rest, items };
}

/** @returns the columns, or what is wrong with them */
function groupsOf(text: string): Chosen {
  const { names: by, unknown } = columnList(text);
  if (unknown !== undefined) {
    const near = suggestColumn(unknown);
    return {
      fault: `${JSON.stringify(unknown)} is no column${near === undefined ? '' : `; did you mean ${near}?`}`,
    };
  }
  if (by.length > MAX_BY)
    return { fault: `the hub groups by ${MAX_BY} columns at most, and these are ${by.length}` };
  return { do: [{ type: 'aggregate', by }] };
}

/** By what packets are grouped: nothing, what `top` knows, or columns. */
export function aggregateForm(parts: UiParts): Form {
  const { aggregate } = parts.state();
  const text = aggregate.map(flagName).join(',');
  const lines: ChoiceLine[] = [
    { label: 'packets', about: 'a line for each, those of a flow as one' },
    ...presets.map((name) => ({
      label: name,
      about: topSubjects[name].by.map(flagName).join(','),
      group: 1,
    })),
    { label: 'columns', text, about: 'ip-src,dport,fate', proposals: columnProposals, group: 2 },
  ];
  const choose = (at: number, texts: readonly string[]): Chosen => {
    if (at === 0) return { do: [{ type: 'aggregate', by: [] }] };
    const preset = presets[at - 1];
    return preset
      ? { do: [{ type: 'aggregate', by: topSubjects[preset].by }] }
      : groupsOf(texts.at(-1) ?? '');
  };
  const preset = presets.findIndex((name) => topSubjects[name].by.map(flagName).join(',') === text);
  const start = aggregate.length === 0 ? 0 : preset < 0 ? lines.length - 1 : preset + 1;
  return new LinesForm('Group by', lines, parts, choose, start);
}

/** Where the newest packet stands. */
export function orderForm(parts: UiParts): Form {
  const orders = ['newest-last', 'newest-first'] as const;
  const lines = [
    { label: 'newest last', about: 'as in a log: new packets come at the bottom' },
    { label: 'newest first', about: 'new packets come at the top' },
  ];
  const choose = (at: number): Chosen => ({ do: [{ type: 'order', order: orders[at] ?? 'newest-last' }] });
  return new LinesForm('Order', lines, parts, choose, orders.indexOf(parts.state().order));
}
