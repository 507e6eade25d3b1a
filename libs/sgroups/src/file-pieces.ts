import { setImmediate } from 'node:timers/promises';
import { type SgroupsData } from './data.js';
import { SgroupsError } from './errors.js';
import { type FileData, type Piece, readYaml } from './file-format.js';

/** A YAML document takes a hundred times its size in memory, and a second for each MB; up to this one is read whole */
const WHOLE = 256 * 1024;
const PIECE_LINES = 500;

/**
 * Reads the text of a file. A large one is read in pieces of some entries, so that 100,000 networks take little memory
 * and let others run meanwhile; such a file has its entries on lines of their own, and no anchors.
 *
 * @param path the file's name, for errors
 * @throws SgroupsError `malformed`, naming line and key
 */
export async function readFileText(text: string, path: string): Promise<SgroupsData> {
  const into: FileData = { networks: [], groups: [] };
  for (const piece of text.length > WHOLE ? pieces(text, path) : [{ text, linesBefore: 0 }]) {
    readYaml(piece, path, into);
    await setImmediate();
  }
  return into;
}

/** Cuts a document at entries of its top lists: each piece has its list's key and some of the entries. */
function* pieces(text: string, path: string): Generator<Piece> {
  const lines = text.split('\n');
  const keys = lines.flatMap((line, i) => (/^[^\s#-][^{[]*:\s*(#.*)?$/.test(line) ? i : []));
  refuseTwice(lines, keys, path);
  if (keys[0] !== 0) yield* beforeKeys(lines.slice(0, keys[0]), keys.length === 0, path);
  for (const [n, key] of keys.entries()) yield* section(lines, key, keys[n + 1] ?? lines.length);
}

/** As in a document that is read whole; pieces know nothing of each other. */
function refuseTwice(lines: readonly string[], keys: readonly number[], path: string): void {
  const seen = new Set<string>();
  for (const at of keys) {
    const key = (lines[at] ?? '').replace(/\s*:\s*(#.*)?$/, '');
    if (seen.has(key)) {
      throw new SgroupsError('read-file', 'malformed', `${path} line ${at + 1}: key ${key} is there twice`);
    }
    seen.add(key);
  }
}

/** What stands above the first list: a short list written on one line, or what the file may not have. */
function* beforeKeys(lines: readonly string[], isAll: boolean, path: string): Generator<Piece> {
  const first = lines.findIndex((line) => !/^(?:\s*(?:#.*)?$|---(?:\s|$)|%)/.test(line));
  if (first < 0 && !isAll) return;
  const text = first < 0 ? '' : lines.join('\n');
  if (text.length > WHOLE) {
    const how =
      'a file this large has networks: and groups: on lines of their own, and an entry a line below';
    throw new SgroupsError('read-file', 'malformed', `${path} line ${first + 1}: ${how}`);
  }
  yield { text, linesBefore: 0 };
}

function* section(lines: readonly string[], key: number, end: number): Generator<Piece> {
  const first = lines.slice(key + 1, end).find((line) => /^ *- /.test(line));
  const dash = first?.slice(0, first.indexOf('-') + 2);
  let from = key;
  for (let i = key + 1; i <= end; i++) {
    const cut = i === end || (i - from >= PIECE_LINES && dash !== undefined && lines[i]?.startsWith(dash));
    if (!cut) continue;
    const own = lines.slice(from, i);
    yield from === key
      ? { text: own.join('\n'), linesBefore: key }
      : { text: [lines[key], ...own].join('\n'), linesBefore: from - 1 };
    from = i;
  }
}
