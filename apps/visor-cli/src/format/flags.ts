import { Flags } from '@oclif/core';
import { type Clock } from './clock.js';
import { createFormatter } from './create.js';
import { type RowFormatter } from './formatter.js';
import { type OutputFormat, outputFormats } from './output-format.js';
import { type Paint } from './paint.js';

/** Flags that say which names stand beside numbers. */
export const nameFlags = {
  numeric: Flags.boolean({
    summary: 'Ports and protocols without their names',
    env: 'VISOR_NUMERIC',
    allowNo: true,
    helpGroup: 'Output',
  }),
  resolve: Flags.boolean({
    summary: 'Addresses with their names by reverse DNS; live rows do not wait for one',
    env: 'VISOR_RESOLVE',
    allowNo: true,
    helpGroup: 'Output',
  }),
};

/** The flags of a command that prints rows. */
export const formatFlags = {
  output: Flags.option({
    char: 'o',
    summary:
      'How to print; compact, or table with --columns; jsonl: one row a line, exactly as the hub sends it',
    options: outputFormats,
    helpValue: `<${outputFormats.join('|')}>`,
    helpGroup: 'Output',
  })(),
  columns: Flags.string({
    summary: 'Which columns: ts,ip_src,rule; or what is more and what less: +ttl,-agent_id',
    helpValue: '<names>',
    helpGroup: 'Output',
  }),
  ...nameFlags,
};

export interface NameFlagValues {
  readonly numeric: boolean;
  readonly resolve: boolean;
}

export interface FormatFlagValues extends NameFlagValues {
  readonly output?: OutputFormat | undefined;
  readonly columns?: string | undefined;
}

/** Where it is printed; a Session is one. */
export interface Place {
  readonly paint: Paint;
  readonly clock: () => Clock;
  /** Characters a line may have; Infinity where the output is no terminal. */
  readonly width: number;
  readonly isTerminal: boolean;
}

export interface WhichRows {
  readonly hops: boolean;
  /** They come one by one, for as long as one looks. */
  readonly live: boolean;
}

/** @returns the form that is meant */
export function formatOf({ output, columns }: FormatFlagValues): OutputFormat {
  return output ?? (columns === undefined ? 'compact' : 'table');
}

/** @throws CliError `usage` for flags that do not go together, or no such column */
export function formatterOf(flags: FormatFlagValues, place: Place, which: WhichRows): Promise<RowFormatter> {
  const { columns, numeric, resolve } = flags;
  const { paint, width, isTerminal } = place;
  const clock = place.clock();
  return createFormatter(formatOf(flags), {
    paint,
    clock,
    width,
    isTerminal,
    columns,
    numeric,
    resolve,
    ...which,
  });
}
