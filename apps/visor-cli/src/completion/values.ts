import { columns, findColumn, flagName, type ColumnName } from '#columns';
import { sideNames, sides, type SideName } from '#filter';
import { allowedValues, settingNames } from '../config/settings.js';
import { type CommandLine } from './command-line.js';

/** Where the values of a place on the command line come from. */
export type Source =
  | { readonly kind: 'fixed'; readonly values: readonly string[]; readonly list: boolean }
  /** Values that rows have in these columns. */
  | { readonly kind: 'hints'; readonly fields: readonly ColumnName[]; readonly fixed: readonly string[] }
  | { readonly kind: 'files' }
  | { readonly kind: 'none' };

const none: Source = { kind: 'none' };
const fixed = (values: readonly string[], list = false): Source => ({ kind: 'fixed', values, list });
const names = columns.map(({ name }) => flagName(name));
const metrics = ['packets', 'bytes', 'drops', 'hops', 'packets/s', 'bytes/s', 'drops/s'];
const files = ['ca', 'cert', 'key', 'config', 'file', 'input-file', 'stored', 'save'];
const times = ['now', '5m', '15m', '1h', '1d', '7d'];

const isSide = (name: string): name is SideName => (sideNames as readonly string[]).includes(name);

/** @returns where the values of a column, or of either side, come from; undefined of times */
export function columnSource(name: string): Source | undefined {
  if (isSide(name)) return { kind: 'hints', fields: sides[name].columns, fixed: [] };
  const column = findColumn(name);
  if (!column || column.kind === 'timestamp') return undefined;
  if (column.kind === 'bool') return fixed(['true', 'false']);
  const known = 'values' in column ? column.values : 'bits' in column ? column.bits.filter(Boolean) : [];
  if (known.length > 0) return fixed(known, true);
  return { kind: 'hints', fields: [column.name], fixed: [] };
}

const byFlag: Readonly<Record<string, Source>> = {
  ...Object.fromEntries(files.map((name) => [name, { kind: 'files' } as const])),
  ...Object.fromEntries(
    ['since', 'until', 'time-from', 'time-to', 'time'].map((name) => [name, fixed(times)]),
  ),
  columns: fixed([...names, ...names.flatMap((name) => [`+${name}`, `-${name}`])], true),
  by: fixed(names, true),
  'aggregate-by': fixed(names, true),
  select: fixed(metrics, true),
};

function flagSource({ flag }: CommandLine): Source {
  if (!flag) return none;
  if (flag.options) return fixed(flag.options);
  return byFlag[flag.name] ?? columnSource(flag.name) ?? none;
}

const byArgument: Readonly<Record<string, Source>> = {
  agents: { kind: 'hints', fields: ['agent_id'], fixed: [] },
  'ruleset show': { kind: 'hints', fields: ['table_version'], fixed: [] },
  'ruleset diff': { kind: 'hints', fields: ['table_version'], fixed: [] },
  'ruleset at': fixed(times),
  'config get': fixed(settingNames),
};

function argumentSource({ path, command, args }: CommandLine): Source {
  const own = Object.values(command?.args ?? {})[args.length];
  if (own?.options) return fixed(own.options);
  const words = path.join(' ');
  if (words === 'config set') {
    const [name] = args;
    return fixed(name === undefined ? settingNames : args.length === 1 ? allowedValues(name) : []);
  }
  return byArgument[words] ?? none;
}

/** @returns where the values come from that may stand where the cursor is */
export const sourceOf = (line: CommandLine): Source => (line.flag ? flagSource(line) : argumentSource(line));
