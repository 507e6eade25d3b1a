import { parseArgs } from 'node:util';
import { BenchError } from './capture/lab.js';

/** A whole number: what it is, what it is with --short, and the least it may be. */
export interface Count {
  readonly long: number;
  /** As `long` where absent. */
  readonly short?: number;
  /** 1 where absent. */
  readonly least?: number;
}

/** The options of one benchmark, without their dashes; all have --short, --json and --help too. */
interface Shape<Text extends string, Flag extends string, Counted extends string> {
  readonly texts?: readonly Text[];
  readonly flags?: readonly Flag[];
  readonly counts?: Readonly<Record<Counted, Count>>;
}

/** What every benchmark is asked. */
export interface CommonOptions {
  readonly help: boolean;
  /** Little of all: whether it works, not how fast it is. */
  readonly short: boolean;
  /** Only the line of JSON. */
  readonly json: boolean;
}

type Read<Text extends string, Flag extends string, Counted extends string> = CommonOptions &
  Readonly<Record<Text, string | undefined>> &
  Readonly<Record<Flag, boolean>> &
  Readonly<Record<Counted, number>>;

/** @param usage is shown below what is wrong with an option @throws BenchError that names the option and what is allowed */
export function readOptions<
  Text extends string = never,
  Flag extends string = never,
  Counted extends string = never,
>(
  args: readonly string[],
  usage: string,
  { texts = [], flags = [], counts }: Shape<Text, Flag, Counted>,
): Read<Text, Flag, Counted> {
  const numbers = Object.entries<Count>(counts ?? {});
  const values = parsed(args, usage, [...texts, ...numbers.map(([name]) => name)], flags);
  const yes = (name: string): readonly [string, boolean] => [name, values[name] === true];
  return Object.fromEntries([
    ...['help', 'short', 'json', ...flags].map(yes),
    ...texts.map((name) => [name, values[name]]),
    ...numbers.map(([name, count]) => [name, countOf(name, count, values[name], values['short'] === true)]),
  ]) as Read<Text, Flag, Counted>;
}

/** @returns those of a list that are named, in the order of the list @throws BenchError */
export function chosenOf<T extends string>(
  option: string,
  what: string,
  given: string | undefined,
  known: readonly T[],
): readonly T[] {
  const names = given?.split(',') ?? known;
  const unknown = names.find((name) => !known.some((one) => one === name));
  if (unknown === undefined) return known.filter((name) => names.includes(name));
  throw new BenchError(`--${option}: there is no ${what} "${unknown}"; use ${known.join(', ')}`);
}

type Values = Readonly<Record<string, string | boolean | undefined>>;

function parsed(
  args: readonly string[],
  usage: string,
  texts: readonly string[],
  flags: readonly string[],
): Values {
  const options: Record<string, { type: 'string' | 'boolean'; short?: string }> = {
    help: { type: 'boolean', short: 'h' },
  };
  for (const name of texts) options[name] = { type: 'string' };
  for (const name of ['short', 'json', ...flags]) options[name] = { type: 'boolean' };
  try {
    return parseArgs({ args: [...args], options }).values;
  } catch (error) {
    throw new BenchError(`${(error as Error).message}\n\n${usage}`);
  }
}

function countOf(
  name: string,
  { long, short = long, least = 1 }: Count,
  given: string | boolean | undefined,
  isShort: boolean,
): number {
  if (given === undefined) return isShort ? short : long;
  const value = Number(given);
  if (Number.isSafeInteger(value) && value >= least) return value;
  throw new BenchError(`--${name}: "${given}" is not a whole number of ${least} or more`);
}
