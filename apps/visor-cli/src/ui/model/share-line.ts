import { flagName } from '#columns';
import { settings } from '../../config/settings.js';
import { printable } from '../../format/printable.js';
import { type UiState } from './state.js';

/** What a command line to share says of the state. */
export type Shared = Pick<UiState, 'hub' | 'filter' | 'range' | 'order' | 'aggregate' | 'panel'>;

/** @returns a character as $'…' of bash and zsh has it */
function escaped(character: string): string {
  if (character === '\n') return '\\n';
  if (character === "'" || character === '\\') return `\\${character}`;
  // Of what is printed as it is nothing is escaped; what is not is \x1b, \u202e or \u{e0041} then.
  return printable(character).replace(
    /^\\u\{(.+)\}$/,
    (_, digits: string) => `\\U${digits.padStart(8, '0')}`,
  );
}

/** @returns a word that a shell takes as it is, in quotes where it must be; safe to print */
export function shellWord(text: string): string {
  if (/^[\w@%+=:,./-]+$/.test(text)) return text;
  if (printable(text) === text) return `'${text.replaceAll("'", "'\\''")}'`;
  return `$'${[...text].map(escaped).join('')}'`;
}

/** @returns a flag and its value: one that begins with - would be taken for a flag */
function flag(name: string, value: string): string[] {
  return value.startsWith('-') ? [shellWord(`--${name}=${value}`)] : [`--${name}`, shellWord(value)];
}

function filterWords({ columns, query }: Shared['filter']): string[] {
  const words = Object.entries(columns).flatMap(([name, values]) =>
    values.flatMap((value) => flag(name, value)),
  );
  return query === '' ? words : [...words, ...flag('query', query)];
}

function rangeWords(range: Shared['range']): string[] {
  const { since } = range;
  const until = range.kind === 'fixed' ? range.until : undefined;
  const last = range.kind === 'live' && range.last !== undefined ? flag('last', String(range.last)) : [];
  return [
    ...(since === undefined ? [] : flag('since', since)),
    ...(until === undefined ? [] : flag('until', until)),
    ...last,
  ];
}

/** @returns `--host` where it is not the usual one; a token is not told to others */
const hostWords = (hub: string): string[] => (hub === settings.host.default ? [] : flag('host', hub));

/**
 * The command line that opens the screen as it is: hub, filter, range, panel. Times are as they were given, so that 15m
 * is ago of when it is opened.
 */
export function shareLine(state: Shared): string {
  const { range, order, aggregate, panel } = state;
  return [
    'visor-cli ui',
    ...hostWords(state.hub),
    ...(range.kind === 'live' && range.since !== undefined ? ['--follow'] : []),
    ...rangeWords(range),
    ...filterWords(state.filter),
    ...(aggregate.length > 0 ? flag('aggregate-by', aggregate.map(flagName).join(',')) : []),
    ...(order === 'newest-first' ? flag('order', order) : []),
    ...(panel === 'path' ? [] : flag('panel', panel)),
  ].join(' ');
}

/** @returns the command line that prints the same packets, or groups, without the screen */
export function watchLine({ hub, range, filter, aggregate }: Shared): string {
  return [
    'visor-cli watch',
    ...(range.kind === 'live' ? ['-f'] : []),
    ...hostWords(hub),
    ...(range.kind === 'live' && aggregate.length > 0
      ? rangeWords({ ...range, last: undefined })
      : rangeWords(range)),
    ...filterWords(filter),
    ...(aggregate.length > 0 ? flag('aggregate-by', aggregate.map(flagName).join(',')) : []),
  ].join(' ');
}

/** @returns the command line that tells a packet's story */
export const packetLine = ({ hub }: Pick<Shared, 'hub'>, id: string): string =>
  ['visor-cli packet', shellWord(id), ...hostWords(hub)].join(' ');
