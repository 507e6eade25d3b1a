import { Clock } from './clock.js';
import { CompactFormatter } from './compact.js';
import { type RowFormatter } from './formatter.js';
import { JsonFormatter, JsonLinesFormatter } from './json.js';
import { type Paint } from './paint.js';
import { TableFormatter } from './table.js';

export interface FormatterOptions {
  readonly paint: Paint;
  /** ms since 1970 */
  readonly now: () => number;
  readonly width: number;
  readonly hops: boolean;
  readonly live: boolean;
}

const formatters = {
  compact: ({ now, paint }) => new CompactFormatter(new Clock(now), paint),
  jsonl: () => new JsonLinesFormatter(),
  json: () => new JsonFormatter(),
  table: (options) => new TableFormatter({ ...options, clock: new Clock(options.now) }),
} satisfies Record<string, (options: FormatterOptions) => RowFormatter>;

export type OutputFormat = keyof typeof formatters;
export const outputFormats = Object.keys(formatters) as readonly OutputFormat[];

export function createFormatter(format: OutputFormat, options: FormatterOptions): RowFormatter {
  return formatters[format](options);
}
