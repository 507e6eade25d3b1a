import { isUtf8 } from 'node:buffer';
import { constants } from 'node:fs';
import { open } from 'node:fs/promises';

/** A thousand rules of a thousand bytes each; while it is parsed the hub does nothing else. */
const maxBytes = 2 ** 20;
const lineFeed = 0x0a;

/** What is there is no file of rules. */
export class BadRuleFile extends Error {
  override readonly name = 'BadRuleFile';

  constructor(
    message: string,
    /** From 1 */
    readonly line: number,
  ) {
    super(message);
  }
}

/** @returns a file's text @throws BadRuleFile, or the system's error */
export async function readRuleFile(path: string): Promise<string> {
  // One that waits for a writer would never be opened.
  const file = await open(path, constants.O_RDONLY | constants.O_NONBLOCK);
  try {
    const stat = await file.stat();
    if (stat.isDirectory()) throw new BadRuleFile('it is a directory; put the rules into a file', 1);
    if (!stat.isFile()) throw new BadRuleFile('it is no regular file; put the rules into one', 1);
    if (stat.size > maxBytes)
      throw new BadRuleFile(`it has ${stat.size} bytes; use at most ${maxBytes}, or several files`, 1);
    const bytes = await file.readFile();
    if (isUtf8(bytes)) return new TextDecoder().decode(bytes);
    throw new BadRuleFile('this line is no UTF-8; save the file in that encoding', firstBadLine(bytes));
  } finally {
    await file.close();
  }
}

function firstBadLine(bytes: Buffer): number {
  for (let line = 1, from = 0; ; line++) {
    const end = bytes.indexOf(lineFeed, from);
    if (end < 0 || !isUtf8(bytes.subarray(from, end))) return line;
    from = end + 1;
  }
}
