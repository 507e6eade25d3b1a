import { type VisorClient } from '#api-client';
import { exitCodes } from './errors.js';
import { Clock, type TimeFormat } from './format/clock.js';
import { type ColorMode, type Paint, paint, wantsColor } from './format/paint.js';
import { printable } from './format/printable.js';
import { hubClient, type HubLogin } from './hub-client.js';
import { interrupted } from './interrupted.js';
import { Output } from './output.js';
import { Progress } from './progress.js';

/** What commonFlags gave, and listFlags where a command has those. */
export interface CommonFlagValues extends HubLogin {
  readonly color: ColorMode;
  readonly utc: boolean;
  readonly 'time-format': TimeFormat;
  readonly 'fail-empty'?: boolean;
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
  /** Calls back whenever the terminal has got another width, as long as the session lasts. */
  readonly onResize: (listener: (width: number) => void) => void;
  /** Prints a line for a person, beside the output. */
  readonly notice: (line: string) => void;
  /** Says what is waited for; until a command says better it is the hub's answer. */
  readonly progress: Progress;
  /** Ends it: Ctrl-C. */
  readonly signal: AbortSignal;
}

/** What is there to tell of a command's work: how much was found, where it looks for something. */
type Work = (session: Session) => Promise<number | void>;

/**
 * @param work may return how much it has found
 * @returns the exit code: 1 where --fail-empty is given and nothing was found, 130 where a Ctrl-C ended it
 * @throws ApiError, CliError
 */
export async function inSession(flags: CommonFlagValues, work: Work): Promise<number> {
  const { stdout, stderr, env } = process;
  const interrupt = interrupted();
  const progress = new Progress(stderr, stderr.isTTY);
  const notice = (line: string): void => {
    progress.erase();
    stderr.write(`visor-cli: ${line}\n`);
  };
  const resizes: ((width: number) => void)[] = [];
  const resize = (): void => resizes.forEach((listener) => listener(stdout.columns));
  stdout.on('resize', resize);
  let found: number | void = undefined;
  try {
    const client = hubClient(flags, notice);
    progress.show(printable(`waiting for ${client.host} …`));
    found = await work({
      client,
      // What goes to a file leaves the line on the terminal as it is.
      output: new Output(stdout, stdout.isTTY ? () => progress.erase() : undefined),
      paint: paint(wantsColor(flags.color, { isTTY: stdout.isTTY, env })),
      clock: () => new Clock(Date.now, { format: flags['time-format'], utc: flags.utc }),
      now: Date.now,
      width: stdout.isTTY ? stdout.columns : Infinity,
      isTerminal: stdout.isTTY,
      onResize: (listener) => void resizes.push(listener),
      notice,
      progress,
      signal: interrupt.signal,
    });
  } catch (error) {
    if (!interrupt.signal.aborted) throw error;
  } finally {
    stdout.off('resize', resize);
    progress.erase();
    interrupt.release();
  }
  if (interrupt.signal.aborted) return exitCodes.interrupted;
  return flags['fail-empty'] && found === 0 ? exitCodes.nothing : exitCodes.found;
}

/** @returns all rows of an answer */
export async function collect(parts: AsyncIterable<readonly string[]>): Promise<string[]> {
  const rows: string[] = [];
  for await (const part of parts) rows.push(...part);
  return rows;
}
