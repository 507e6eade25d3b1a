import { type VisorClient } from '#api-client';
import { type CommandLine, readCommandLine } from './command-line.js';
import { type Manifest } from './manifest.js';
import { type Source, sourceOf } from './values.js';

/** What may stand where the cursor is. */
export interface Candidate {
  /** The whole word. */
  readonly word: string;
  readonly about: string;
}

/** The shell shall complete names of files. */
export const FILES = ':files';

const MAX_VALUES = 40;

function commandCandidates({ path, current }: CommandLine, manifest: Manifest): Candidate[] {
  const found = new Map<string, string>();
  const head = path.length > 0 ? `${path.join(':')}:` : '';
  for (const [id, { summary = '', hidden }] of Object.entries(manifest)) {
    if (hidden || !id.startsWith(head)) continue;
    const [word = '', ...rest] = id.slice(head.length).split(':');
    if (word.startsWith(current) && !found.has(word)) found.set(word, rest.length > 0 ? '' : summary);
  }
  return [...found].map(([word, about]) => ({ word, about }));
}

function flagCandidates({ command, current }: CommandLine): Candidate[] {
  const flags = Object.values(command?.flags ?? {}).filter(({ hidden }) => !hidden);
  const words = flags.flatMap(({ name, summary: about = '', allowNo }) => [
    { word: `--${name}`, about },
    ...(allowNo ? [{ word: `--no-${name}`, about: '' }] : []),
  ]);
  return [...words, { word: '--help', about: 'Show help' }].filter(({ word }) => word.startsWith(current));
}

/** What of a value stands before the part that is being written: `80,` of `80,44`, `!` of `!dro`. */
export function headOf(current: string, isList: boolean): string {
  return isList ? (/^(?:.*[^\\],)?!?/s.exec(current)?.[0] ?? '') : '';
}

async function hinted(
  fields: readonly string[],
  prefix: string,
  client: VisorClient,
  signal: AbortSignal,
): Promise<string[]> {
  const query = { prefix, limit: String(MAX_VALUES) };
  const answers = await Promise.all(fields.map((field) => client.hints({ ...query, field }, signal)));
  return [...new Set(answers.flatMap(({ values }) => values.map(({ value }) => String(value))))];
}

/** Gives the client for the hub that the command line means. */
export type Connect = (values: ReadonlyMap<string, string>) => Promise<VisorClient>;

async function valuesOf(
  source: Source,
  line: CommandLine,
  connect: Connect,
  signal: AbortSignal,
): Promise<string[]> {
  if (source.kind === 'files') return [FILES];
  if (source.kind === 'none') return [];
  const head = headOf(line.current, source.kind === 'hints' || source.list);
  const rest = line.current.slice(head.length);
  const values =
    source.kind === 'fixed'
      ? source.values.filter((value) => value.startsWith(rest))
      : await hinted(source.fields, rest, await connect(line.values), signal);
  // What a terminal acts on is not for a shell to type.
  const safe = values.filter((value) => value !== '' && !/\p{Cc}/u.test(value));
  return safe.map((value) => `${line.before}${head}${value.replaceAll(',', '\\,')}`);
}

/**
 * @param words those after the program up to the cursor; the last is the one being written
 * @throws what asking the hub failed with
 */
export async function complete(
  manifest: Manifest,
  words: readonly string[],
  connect: Connect,
  signal: AbortSignal,
): Promise<Candidate[]> {
  const line = readCommandLine(manifest, words);
  if (!line.flag && line.current.startsWith('-')) return flagCandidates(line);
  const isCommand = line.command !== undefined;
  if (!isCommand) return commandCandidates(line, manifest);
  const values = await valuesOf(sourceOf(line), line, connect, signal);
  return values.map((word) => ({ word, about: '' }));
}
