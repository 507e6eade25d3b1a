export type GeoErrorCode =
  /** The file is not there, or may not be read. */
  | 'unreadable'
  /** Not the whole of a MaxMind database, or no such file at all. */
  | 'malformed'
  /** A MaxMind database without the field that is wanted. */
  | 'wrong_type';

/** What is wrong with a database's file: the message is the end of a sentence that starts with its path. */
export class GeoError extends Error {
  override readonly name = 'GeoError';

  constructor(
    readonly op: 'read' | 'parse',
    readonly code: GeoErrorCode,
    message: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}
