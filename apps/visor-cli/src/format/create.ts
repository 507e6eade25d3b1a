import { CliError } from '../errors.js';
import { ArrowFormatter } from './arrow.js';
import { type Clock } from './clock.js';
import { CompactFormatter } from './compact.js';
import { CsvFormatter } from './csv.js';
import { type RowFormatter } from './formatter.js';
import { JsonFormatter, JsonLinesFormatter } from './json.js';
import { createNames, type Names } from './names.js';
import { type OutputFormat } from './output-format.js';
import { type Paint } from './paint.js';
import { ResolvingFormatter } from './resolving.js';
import { TableFormatter } from './table.js';
import { TreeFormatter } from './tree.js';

export interface FormatterOptions {
  readonly paint: Paint;
  /** One that has shown no time yet. */
  readonly clock: Clock;
  /** Characters a line may have; Infinity where it is no terminal. */
  readonly width: number;
  readonly isTerminal: boolean;
  readonly hops: boolean;
  /** Rows come one by one, for as long as one looks. */
  readonly live: boolean;
  /** What --columns has. */
  readonly columns?: string | undefined;
  /** Numbers without names. */
  readonly numeric?: boolean;
  /** Addresses with names by reverse DNS. */
  readonly resolve?: boolean;
}

type Named = FormatterOptions & { readonly names: Names };

/** Forms for people have names. */
const forPeople = {
  compact: (options) => new CompactFormatter(fixed('compact', options)),
  tree: (options) => new TreeFormatter(fixed('tree', options)),
  table: ({ columns, ...options }) => new TableFormatter({ ...options, chosen: columns }),
  wide: ({ columns, ...options }) => new TableFormatter({ ...options, chosen: columns, wide: true }),
} satisfies Partial<Record<OutputFormat, (options: Named) => RowFormatter>>;

/** Forms for programs have the values as they are. */
const forPrograms = {
  json: ({ columns }) => new JsonFormatter(columns),
  jsonl: ({ columns }) => new JsonLinesFormatter(columns),
  csv: ({ columns }) => new CsvFormatter(columns),
  arrow: (options) => arrow(options),
} satisfies Record<
  Exclude<OutputFormat, keyof typeof forPeople>,
  (options: FormatterOptions) => RowFormatter
>;

const usage = (sentence: string): CliError => new CliError('format', 'usage', sentence);

function fixed(format: OutputFormat, options: Named): Named {
  if (options.columns === undefined) return options;
  throw usage(
    `--columns: -o ${format} has no columns to choose; give -o table, wide, csv, json, jsonl or arrow with it`,
  );
}

function arrow({ columns, live, isTerminal }: FormatterOptions): RowFormatter {
  if (!isTerminal) return new ArrowFormatter({ chosen: columns, live });
  throw usage('-o arrow: a terminal shows no bytes; write them to a file or into a pipe: > rows.arrow');
}

const isForPeople = (format: OutputFormat): format is keyof typeof forPeople =>
  Object.hasOwn(forPeople, format);

/** @throws CliError `usage` for options that do not go together, or no such column */
export async function createFormatter(
  format: OutputFormat,
  options: FormatterOptions,
): Promise<RowFormatter> {
  if (!isForPeople(format)) return forPrograms[format](options);
  const { numeric = false, resolve = false, live } = options;
  if (!resolve) return forPeople[format]({ ...options, names: createNames({ numeric }) });
  // Few want it, and all would wait for it to be loaded.
  const { HostNames } = await import('./host-names.js');
  const hosts = new HostNames();
  const formatter = forPeople[format]({ ...options, names: createNames({ numeric, hosts }) });
  return new ResolvingFormatter(formatter, hosts, { live });
}
