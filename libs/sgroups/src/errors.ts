export type SgroupsErrorCode =
  /** A file or an answer is not of its form. */
  | 'malformed'
  /** More text than an agent should hold. */
  | 'too_large'
  /** The file cannot be read. */
  | 'unreadable'
  /** The service does not answer, or refuses. */
  | 'unavailable'
  /** The service's data changes faster than it can be read. */
  | 'changing'
  /** A setting cannot be used as it is. */
  | 'bad_option';

/** What went wrong with security groups; the message is one sentence for the operator. */
export class SgroupsError extends Error {
  override readonly name = 'SgroupsError';

  /** @param op what was being done: read-file, fetch, compile … */
  constructor(
    readonly op: string,
    readonly code: SgroupsErrorCode,
    message: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}
