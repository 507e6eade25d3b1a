import { setImmediate } from 'node:timers/promises';
import { type SgroupsData } from './data.js';
import { SgroupsError } from './errors.js';
import { type FileData, type Piece, readYaml } from './file-format.js';

/** A YAML document takes a hundred times its size in memory, and a second for each MB; up to this one is read whole */
const WHOLE = 256 * 1024;
const PIECE_LINES = 2000;

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
  if (keys.length === 0) {
    const how =
      'a file this large has networks: and groups: on lines of their own, and an entry a line below';
    throw new SgroupsError('read-file', 'malformed', `${path} line 1: ${how}`);
  }
  for (const [n, key] of keys.entries()) yield* section(lines, key, keys[n + 1] ?? lines.length);
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
