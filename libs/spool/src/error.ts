export type SpoolErrorCode =
  /** The directory cannot be made, read or locked. */
  | 'unusable'
  /** Another process has it. */
  | 'in_use'
  /** It holds batches of another agent. */
  | 'foreign'
  /** The disk does not take a write now: it may later. */
  | 'write'
  /** One batch alone is larger than the spool may be. */
  | 'too_large'
  /** `close` was called. */
  | 'closed';

/** What goes wrong with a spool; the message is one sentence for the operator. */
export class SpoolError extends Error {
  override readonly name = 'SpoolError';

  /** @param op what was being done: open, append, read … */
  constructor(
    readonly op: string,
    readonly code: SpoolErrorCode,
    message: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}

/** @returns `ENOSPC` of a system error, else its message */
export function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return (error as NodeJS.ErrnoException).code ?? error.message;
}
