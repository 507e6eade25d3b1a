import { CliError } from '../errors.js';
import { type Shared, watchLine } from './model/share-line.js';

interface Streams {
  readonly stdin: { readonly isTTY?: boolean };
  readonly stdout: { readonly isTTY?: boolean };
}

/** @throws CliError `usage` where there is no terminal, with the command that needs none */
export function needTerminal({ stdin, stdout }: Streams, shared: Shared): void {
  if (stdin.isTTY && stdout.isTTY) return;
  const which = stdout.isTTY ? 'standard input' : 'standard output';
  throw new CliError(
    'ui',
    'usage',
    `visor-cli ui needs a terminal, and ${which} is none; this prints the packets: ${watchLine(shared)}`,
  );
}
