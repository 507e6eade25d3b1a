import { type VisorClient } from '#api-client';
import { type Clock } from '../format/clock.js';
import { type RowFormatter } from '../format/formatter.js';
import { type Output } from '../output.js';
import { type LossLines } from './loss-lines.js';
import { type Tally } from './tally.js';

export interface WatchParts {
  readonly client: VisorClient;
  readonly formatter: RowFormatter;
  readonly output: Output;
  readonly losses: LossLines;
  readonly tally: Tally;
  readonly clock: () => Clock;
  /** Prints a line for a person, beside the rows. */
  readonly notice: (line: string) => void;
  /** Ends it: Ctrl-C. */
  readonly signal: AbortSignal;
}
