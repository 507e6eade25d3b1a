import { type Manifest, type ManifestCommand, type ManifestFlag } from './manifest.js';

/** What stands before the cursor, understood. */
export interface CommandLine {
  /** Words of the command that are there so far: `['ruleset']` */
  readonly path: readonly string[];
  readonly command: ManifestCommand | undefined;
  /** The flag whose value is being written. */
  readonly flag: ManifestFlag | undefined;
  /** What is being written: of a flag's value, a flag, or an argument. */
  readonly current: string;
  /** What of the current word stands before it: `--fate=` */
  readonly before: string;
  /** Arguments that are there before it, and the values of flags by name. */
  readonly args: readonly string[];
  readonly values: ReadonlyMap<string, string>;
}

const isFlag = (word: string): boolean => word.startsWith('-') && word !== '-';

function findFlag(command: ManifestCommand | undefined, word: string): ManifestFlag | undefined {
  if (!command || !isFlag(word)) return undefined;
  const name = word.replace(/^--?/, '');
  const isLong = word.startsWith('--');
  return Object.values(command.flags).find((flag) =>
    isLong ? flag.name === name || flag.aliases?.includes(name) : flag.char === name,
  );
}

/** @param words without the program; the last is the one being written, '' where it is not begun */
export function readCommandLine(manifest: Manifest, words: readonly string[]): CommandLine {
  const done = words.slice(0, -1);
  const last = words.at(-1) ?? '';
  const ids = Object.keys(manifest);
  const path: string[] = [];
  while (path.length < done.length) {
    const id = [...path, done[path.length]].join(':');
    if (!ids.some((each) => each === id || each.startsWith(`${id}:`))) break;
    path.push(done[path.length] ?? '');
  }
  const command = manifest[path.join(':')];
  const args: string[] = [];
  const values = new Map<string, string>();
  let open: ManifestFlag | undefined;
  for (const word of done.slice(path.length)) {
    if (open) {
      values.set(open.name, word);
      open = undefined;
      continue;
    }
    const [name = '', value] = splitFlag(word);
    const flag = findFlag(command, name);
    if (flag?.type === 'option' && value === undefined) open = flag;
    else if (flag && value !== undefined) values.set(flag.name, value);
    else if (!isFlag(word)) args.push(word);
  }
  const same = { path, command, args, values };
  if (open) return { ...same, flag: open, current: last, before: '' };
  const [name = '', value] = splitFlag(last);
  const flag = value === undefined ? undefined : findFlag(command, name);
  if (flag?.type === 'option' && value !== undefined)
    return { ...same, flag, current: value, before: `${name}=` };
  return { ...same, flag: undefined, current: last, before: '' };
}

function splitFlag(word: string): [string, string?] {
  const at = word.indexOf('=');
  return word.startsWith('--') && at > 0 ? [word.slice(0, at), word.slice(at + 1)] : [word];
}
