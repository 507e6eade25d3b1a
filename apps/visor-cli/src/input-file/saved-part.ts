import { CliError } from '../errors.js';
import { type SavedRow } from './row-values.js';

/** Some rows of a file. */
export interface SavedPart {
  readonly rows: readonly SavedRow[];
  /** Each row's JSON text. */
  readonly texts: readonly string[];
  /** @returns the fault of one of these rows, which names its place in the file */
  readonly fault: (row: number, message: string) => CliError;
}

export function badFile(name: string, message: string, cause?: unknown): CliError {
  return new CliError('input-file', 'usage', `--input-file: ${name}${message}`, { cause });
}
