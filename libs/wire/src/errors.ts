export type WireErrorCode =
  /** The bytes are no Arrow stream of the form that encodeBatch writes, or their values contradict each other. */
  | 'malformed'
  /** A readable stream whose columns are not those of libs/columns. */
  | 'schema'
  /** A batch without rows: nothing to send or store. */
  | 'empty';

/** What libs/wire throws; nothing else leaves it. */
export class WireError extends Error {
  override readonly name = 'WireError';

  constructor(
    readonly op: 'encode' | 'decode' | 'join',
    readonly code: WireErrorCode,
    message: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}

export const malformed = (problem: string, options?: ErrorOptions): WireError =>
  new WireError('decode', 'malformed', `The batch is not a valid Arrow stream: ${problem}.`, options);
