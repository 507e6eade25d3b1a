/**
 * What is wrong with a recording. `code`: `exists`, `missing`, `unreadable` (the file system's word), `not_recording`,
 * `version`, `truncated`, `malformed`, `too_large`, `unwritable`.
 */
export class RecordingError extends Error {
  override readonly name = 'RecordingError';

  constructor(
    readonly op: 'open' | 'read' | 'write',
    readonly code: RecordingErrorCode,
    message: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}

export type RecordingErrorCode =
  | 'exists'
  | 'missing'
  | 'unreadable'
  | 'not_recording'
  | 'version'
  | 'truncated'
  | 'malformed'
  | 'too_large'
  | 'unwritable';
