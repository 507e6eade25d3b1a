import { effectiveSettings } from '../config/effective.js';
import { type Connect, complete, type Candidate } from './complete.js';
import { readManifest } from './manifest.js';

/** Nobody waits longer for a proposal; a test of what is proposed does, on a machine that has much to do. */
const PATIENCE_MS = Number(process.env['VISOR_COMPLETION_PATIENCE_MS'] ?? 1500);

/** bash takes `:` and `=` for the ends of words. @returns the words as they are meant, and what of the last it left out */
export function joinWords(words: readonly string[]): { words: string[]; left: string } {
  const joined: string[] = [];
  let open = false;
  let left = '';
  for (const [at, word] of words.entries()) {
    const isBreak = word !== '' && /^[:=]+$/.test(word);
    const before = joined.at(-1);
    if ((isBreak || open) && before !== undefined) {
      if (at === words.length - 1) left = isBreak ? before + word : before;
      joined[joined.length - 1] = before + word;
    } else joined.push(word);
    open = isBreak;
  }
  return { words: joined, left };
}

const connect: Connect = async (values) => {
  const found = await effectiveSettings([], process.env);
  const setting = (name: 'host' | 'token' | 'ca' | 'cert' | 'key'): string | undefined =>
    values.get(name) ?? (found.get(name)?.value as string | undefined);
  const { hubClient } = await import('../hub-client.js');
  const login = { token: setting('token'), ca: setting('ca'), cert: setting('cert'), key: setting('key') };
  return hubClient({ host: setting('host') ?? 'http://127.0.0.1:9650', ...login }, () => undefined);
};

/**
 * Prints what may stand where the cursor is, for the scripts of `autocomplete`: a word a line, with a tab and what it is
 * for zsh and fish. Whatever fails, nothing is printed: a shell shows it between the words of a person.
 *
 * @param argv the shell, the cursor's word (0: the program), and the command line's words
 */
export async function runComplete(argv: readonly string[], start: string): Promise<void> {
  const [shell, at, ...words] = argv;
  const upTo = words.slice(1, Number(at) + 1);
  while (upTo.length < Number(at)) upTo.push('');
  const joined = shell === 'bash' ? joinWords(upTo) : { words: upTo, left: '' };
  let found: Candidate[];
  try {
    found = await complete(readManifest(start), joined.words, connect, AbortSignal.timeout(PATIENCE_MS));
  } catch {
    return;
  }
  const lines = found.map(({ word, about }) =>
    shell === 'bash'
      ? word.slice(word.startsWith(joined.left) ? joined.left.length : 0)
      : `${word}\t${about}`,
  );
  process.stdout.write(lines.map((line) => `${line}\n`).join(''));
}
