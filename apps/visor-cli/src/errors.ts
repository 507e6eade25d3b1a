export type CliErrorCode =
  /** Flags that do not go together, or a value that is wrong. */
  | 'usage'
  /** The hub sent what this program does not understand. */
  | 'protocol'
  /** What was asked for by its name is not there. */
  | 'not_found';

/** What a program that starts this one can tell by the exit code. */
export const exitCodes = {
  /** Done, and what lists has found something or need not. */
  found: 0,
  /** Nothing is there: with --fail-empty, or of what was asked for by its name. */
  nothing: 1,
  /** A flag, a value or the config file is wrong. */
  usage: 2,
  /** No hub answers there: nobody listens, its certificate is wrong, or it is something else. */
  unreachable: 3,
  /** The hub wants a token, another one, a client certificate, or fewer requests. */
  refused: 4,
  /** The hub has failed, or this program has. */
  failed: 5,
  /** Ctrl-C before the end. */
  interrupted: 130,
} as const;

/** A failure that only the command line can have; the message is one sentence that says what to do. */
export class CliError extends Error {
  override readonly name = 'CliError';
  /** oclif hands on what a hook throws only where it bears this. */
  readonly oclif = { exit: exitCodes.usage };

  constructor(
    readonly op: string,
    readonly code: CliErrorCode,
    message: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}
