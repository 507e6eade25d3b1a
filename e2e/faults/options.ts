import { parseArgs } from 'node:util';
import { factsOf, type Kind, kindNames } from './kinds.js';

/** What a run does. */
export interface RunOptions {
  readonly seed: number;
  readonly faults: number;
  /** Seconds between the begins of two faults, on average. */
  readonly pause_s: number;
  readonly kinds: readonly Kind[];
  /** Known packets a second. */
  readonly rate: number;
  /** ClickHouse in the hub, or as a program behind its HTTP interface. */
  readonly storage: 'embedded' | 'http';
  /** More than one needs `http`. */
  readonly hubs: number;
  /** Settings of the agent beyond those of the stage. */
  readonly agentEnv: Readonly<Record<string, string>>;
}

export interface Options extends RunOptions {
  readonly help: boolean;
  readonly powerCut: boolean;
}

/** What a command line has wrong, in a sentence. */
export class OptionError extends Error {}

const list = kindNames.map((kind) => `    ${kind.padEnd(18)} ${factsOf(kind).doc}`).join('\n');

export const usage = `npm run test:faults -- [options]

  --faults N       how many faults (60; power cuts: 3)
  --seed N         which ones: a run prints its seed, the same seed repeats its faults (drawn anew)
  --seconds N      how long the faults take together (three a fault)
  --rate N         known packets a second (300)
  --storage S      embedded: ClickHouse in the hub (default); http: a program of its own
  --hubs N         with --storage http: so many hubs (1)
  --agent A=B,C=D  settings of pkt-tracer: --agent PT_SPOOL_MAX_BYTES=1MiB makes it lose what does not fit
  --kinds A,B      of these alone; otherwise of all that can be done
  --without A,B    but of none of these
${list}
  --power-cut      instead: everything is stopped, the disks are copied as they are and opened again;
                   each after 6 to 14 s, so without --seconds, --kinds, --without
`;

/** What says which faults come when; a power cut has none of it. */
const ofSchedule = ['seconds', 'kinds', 'without'] as const;

/** @param drawSeed makes a seed where none is given @throws OptionError */
export function parseOptions(args: readonly string[], drawSeed: () => number): Options {
  const values = parse(args);
  const powerCut = values['power-cut'] ?? false;
  const faults = number('faults', values.faults, powerCut ? 3 : 60, 0, 10_000);
  const useless = powerCut ? ofSchedule.find((name) => values[name] !== undefined) : undefined;
  if (useless !== undefined) {
    throw new OptionError(`--${useless}: power cuts come alone, each after 6 to 14 s; leave it out`);
  }
  const storage = storageOf(values.storage);
  const hubs = number('hubs', values.hubs, 1, 1, storage === 'http' ? 4 : 1);
  return {
    help: values.help ?? false,
    seed: number('seed', values.seed, values.seed === undefined ? drawSeed() : 0, 0, 2 ** 32 - 1),
    faults,
    pause_s: number('seconds', values.seconds, 3 * faults, 1, 86_400) / Math.max(1, faults),
    kinds: kindsOf(storage, values.kinds, values.without),
    rate: number('rate', values.rate, 300, 1, 20_000),
    ...{ storage, hubs, powerCut, agentEnv: settings(values.agent) },
  };
}

function settings(text = ''): Record<string, string> {
  const pairs = text
    .split(',')
    .filter(Boolean)
    .map((pair) => /^(PT_[A-Z_]+)=(.*)$/.exec(pair) ?? pair);
  const wrong = pairs.find((pair) => typeof pair === 'string');
  if (wrong !== undefined) throw new OptionError(`--agent: "${String(wrong)}" is not PT_NAME=value`);
  return Object.fromEntries(pairs.map(([, name = '', value = '']) => [name, value]));
}

function storageOf(text = 'embedded'): RunOptions['storage'] {
  if (text === 'embedded' || text === 'http') return text;
  throw new OptionError(`--storage: "${text}" is not embedded or http`);
}

function kindsOf(storage: string, wanted = '', unwanted = ''): readonly Kind[] {
  const [chosen, left] = [words('kinds', wanted), words('without', unwanted)];
  return kindNames.filter(
    (kind) =>
      !left.includes(kind) &&
      (factsOf(kind).needs ?? storage) === storage &&
      (chosen.length === 0 || chosen.includes(kind)),
  );
}

function words(option: string, text: string): string[] {
  const list = text.split(',').filter(Boolean);
  const unknown = list.find((word) => !(kindNames as readonly string[]).includes(word));
  if (unknown === undefined) return list;
  throw new OptionError(`--${option}: there is no kind "${unknown}"; use ${kindNames.join(', ')}`);
}

function number(name: string, text: string | undefined, otherwise: number, min: number, max: number): number {
  const value = text === undefined ? otherwise : Number(text);
  if (Number.isInteger(value) && value >= min && value <= max) return value;
  throw new OptionError(`--${name}: "${text}" is not an integer from ${min} to ${max}`);
}

function parse(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      options: {
        faults: { type: 'string' },
        seed: { type: 'string' },
        seconds: { type: 'string' },
        rate: { type: 'string' },
        storage: { type: 'string' },
        hubs: { type: 'string' },
        agent: { type: 'string' },
        kinds: { type: 'string' },
        without: { type: 'string' },
        'power-cut': { type: 'boolean' },
        help: { type: 'boolean', short: 'h' },
      },
    }).values;
  } catch (error) {
    throw new OptionError(`${(error as Error).message}\n\n${usage}`);
  }
}
