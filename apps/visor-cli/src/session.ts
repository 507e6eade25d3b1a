import { type VisorClient } from '#api-client';
import { Clock } from './format/clock.js';
import { type ColorMode, type Paint, paint, wantsColor } from './format/paint.js';
import { hubClient, type HubLogin } from './hub-client.js';
import { interrupted } from './interrupted.js';
import { Output } from './output.js';

/** What commonFlags gave. */
export interface CommonFlagValues extends HubLogin {
  readonly color: ColorMode;
}

/** What a command works with. */
export interface Session {
  readonly client: VisorClient;
  readonly output: Output;
  readonly paint: Paint;
  /** @returns one that has shown no time yet; times look as --time-format and --utc say */
  readonly clock: () => Clock;
  /** ms since 1970 */
  readonly now: () => number;
  /** Characters a line may have; Infinity where the output is no terminal. */
  readonly width: number;
  readonly isTerminal: boolean;
  /** Prints a line for a person, beside the output. */
  readonly notice: (line: string) => void;
  /** Ends it: Ctrl-C. */
  readonly signal: AbortSignal;
}

/** @returns the exit code: 130 where a Ctrl-C ended it @throws ApiError, CliError */
export async function inSession(
  flags: CommonFlagValues,
  work: (session: Session) => Promise<void>,
): Promise<number> {
  const { stdout, stderr, env } = process;
  const interrupt = interrupted();
  const notice = (line: string): void => void stderr.write(`visor-cli: ${line}\n`);
  try {
    await work({
      client: hubClient(flags, notice),
      output: new Output(stdout),
      paint: paint(wantsColor(flags.color, { isTTY: stdout.isTTY, env })),
      clock: () => new Clock(Date.now),
      now: Date.now,
      width: stdout.isTTY ? stdout.columns : Infinity,
      isTerminal: stdout.isTTY,
      notice,
      signal: interrupt.signal,
    });
  } catch (error) {
    if (!interrupt.signal.aborted) throw error;
  } finally {
    interrupt.release();
  }
  return interrupt.signal.aborted ? 130 : 0;
}

/** @returns all rows of an answer */
export async function collect(parts: AsyncIterable<readonly string[]>): Promise<string[]> {
  const rows: string[] = [];
  for await (const part of parts) rows.push(...part);
  return rows;
}
