import { headOf } from '../../completion/complete.js';
import { columnSource } from '../../completion/values.js';
import { findColumn } from '#columns';
import { flagValue } from '../model/add-value.js';
import { type HintSource } from './hint-source.js';
import { noProposals, type Proposal, type Proposals } from './proposals.js';
import { type TextField } from './text-field.js';

const begins = (value: string, prefix: string): boolean =>
  value.toLowerCase().startsWith(prefix.toLowerCase());

/** @returns what is written of a value, without what hides commas in it */
const unescaped = (text: string): string => text.replace(/\\([,\\!])/g, '$1');

/**
 * @param name of the flag whose value is written: `dport`, `ip`
 * @returns the values that may stand at the cursor: fixed ones, or those that packets have
 */
export function fieldProposals(name: string, { text, cursor }: TextField, hints: HintSource): Proposals {
  const source = columnSource(name);
  if (source?.kind !== 'fixed' && source?.kind !== 'hints') return noProposals;
  const before = text.slice(0, cursor);
  const from = headOf(before, source.kind === 'hints' || source.list).length;
  const rest = before.slice(from);
  const to = cursor + (/^(?:\\[^]|[^,\\])*/.exec(text.slice(cursor))?.[0].length ?? 0);
  const items: Proposal[] =
    source.kind === 'fixed'
      ? source.values.filter((value) => begins(value, rest)).map((value) => ({ text: value, about: '' }))
      : hints.of(source.fields, unescaped(rest)).map(({ value, count }) => ({
          text: flagValue(findColumn(source.fields[0] ?? '')?.name ?? 'ip_src', value),
          about: `${count} packets`,
        }));
  const [only] = items;
  // What is there already is no proposal.
  if (items.length === 1 && only?.text === text.slice(from, to)) return noProposals;
  return { from, to, items };
}
