import { stripVTControlCharacters } from 'node:util';
import { didYouMean } from './config/nearest.js';

interface ParseError extends Error {
  /** Of flags that there are not. */
  readonly flags?: readonly string[];
  readonly args?: readonly (string | { readonly name: string; readonly description?: string })[];
  readonly parse?: { readonly input?: { readonly flags?: Readonly<Record<string, { hidden?: boolean }>> } };
}

/** @param ids of commands, their words joined by `:` @returns the words of the command that is called, and those of its topic */
function calledOf(argv: readonly string[], ids: readonly string[]): string {
  const words: string[] = [];
  for (const word of argv) {
    const id = [...words, word].join(':');
    if (!ids.some((each) => each === id || each.startsWith(`${id}:`))) break;
    words.push(word);
  }
  return words.join(' ');
}

/** oclif takes all words for the command's; it is the first that fits none that is wrong. */
function unknownCommand(argv: readonly string[], ids: readonly string[]): string {
  const topic = calledOf(argv, ids);
  const words = topic === '' ? [] : topic.split(' ');
  const wrong = argv[words.length] ?? '';
  // A command without arguments: oclif looks for one with a word more.
  if (ids.includes(words.join(':')))
    return `${topic} takes no "${wrong}" here; see visor-cli ${topic} --help`;
  const known = ids.map((id) => id.split(':')).filter((id) => words.every((word, at) => id[at] === word));
  const near = didYouMean(wrong, [...new Set(known.map((id) => id[words.length] ?? ''))]);
  const shown = topic === '' ? wrong : `${topic} ${wrong}`;
  return `there is no command "${shown}"${near}; see visor-cli ${topic === '' ? '' : `${topic} `}--help`;
}

function unknownFlags({ flags = [], parse }: ParseError): string {
  const known = Object.entries(parse?.input?.flags ?? {})
    .filter(([, { hidden }]) => !hidden)
    .map(([name]) => name);
  const [first = ''] = flags;
  const near = first.startsWith('--') ? didYouMean(first.slice(2), known, '--') : '';
  return `there is no flag ${flags.join(', ')}${near}`;
}

/** What a command must have and has not. */
function missingArgs(called: string, { args = [] }: ParseError): string {
  const named = args.filter((arg) => typeof arg !== 'string');
  const [{ description = '' } = {}] = named;
  const what = description === '' || named.length > 1 ? '' : `: ${description}`;
  return `${called} needs ${named.map(({ name }) => name.toUpperCase()).join(' and ')}${what}`;
}

/** @returns what oclif says of values and flags in the words of the rest: what it is about, the value, what to do */
function inOurWords(text: string, called: string): string {
  const [, flag, value, allowed] = /^Expected (?:(--[\w-]+)=)?(.*) to be one of: (.*)$/.exec(text) ?? [];
  if (allowed !== undefined && flag !== undefined)
    return `${flag}: "${value}" is not one of its values; use ${allowed}`;
  if (allowed !== undefined) {
    const near = didYouMean(value ?? '', allowed.split(', '));
    return `${called} takes no "${value}" here${near}; use ${allowed}`;
  }
  const [, one, others] =
    /^All of the following must be provided when using (--[\w-]+): (.*)$/.exec(text) ?? [];
  return one === undefined ? text : `${one} goes with ${others} alone; give that too`;
}

/**
 * oclif's parse errors are several lines with colours and a hint at the help.
 *
 * @param ids of all commands @returns one sentence, and where there is help
 */
export function usageSentence(error: Error, argv: readonly string[], ids: readonly string[]): string {
  const text = stripVTControlCharacters(error.message)
    .replace('See more help with --help', '')
    .replace(/^The following errors? occurred:/, '')
    // Flags that may be there more often take one value each here.
    .replace(/^Note: .* allow multiple values\.[^]*$/m, '')
    .replace(/\s+/g, ' ')
    .trim();
  if (/^command \S+ not found$/.test(text)) return unknownCommand(argv, ids);
  const called = calledOf(argv, ids);
  const { name } = error.constructor;
  const [first] = (error as ParseError).args ?? [];
  const sentence =
    name === 'NonExistentFlagsError'
      ? unknownFlags(error)
      : name === 'UnexpectedArgsError' && typeof first === 'string'
        ? `${called} takes no "${first}" here`
        : name === 'RequiredArgsError'
          ? missingArgs(called, error)
          : inOurWords(text, called);
  return `${sentence}; see visor-cli ${called === '' ? '' : `${called} `}--help`;
}
