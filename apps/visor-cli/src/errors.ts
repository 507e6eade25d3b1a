export type CliErrorCode =
  /** Flags that do not go together, or a value that is wrong. */
  | 'usage'
  /** The hub sent what this program does not understand. */
  | 'protocol';

/** A failure that only the command line can have; the message is one sentence that says what to do. */
export class CliError extends Error {
  override readonly name = 'CliError';

  constructor(
    readonly op: string,
    readonly code: CliErrorCode,
    message: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}
