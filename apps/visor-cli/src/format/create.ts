import { type Clock } from './clock.js';
import { CompactFormatter } from './compact.js';
import { type RowFormatter } from './formatter.js';
import { JsonFormatter, JsonLinesFormatter } from './json.js';
import { type OutputFormat } from './output-format.js';
import { type Paint } from './paint.js';
import { TableFormatter } from './table.js';

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

type Create = (options: FormatterOptions) => RowFormatter | Promise<RowFormatter>;

const formatters = {
  compact: ({ clock, paint }) => new CompactFormatter(clock, paint),
  wide: (options) => new TableFormatter(options),
  table: (options) => new TableFormatter(options),
  tree: ({ clock, paint }) => new CompactFormatter(clock, paint),
  json: () => new JsonFormatter(),
  jsonl: () => new JsonLinesFormatter(),
  csv: () => new JsonLinesFormatter(),
  arrow: () => new JsonLinesFormatter(),
} satisfies Record<OutputFormat, Create>;

/** @throws CliError `usage` for options that do not go together, or no such column */
export async function createFormatter(
  format: OutputFormat,
  options: FormatterOptions,
): Promise<RowFormatter> {
  return formatters[format](options);
}
