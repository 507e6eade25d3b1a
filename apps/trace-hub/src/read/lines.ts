const lineFeed = 0x0a;

/** @returns how many lines there are */
export function countLines(lines: Uint8Array): number {
  const bytes = Buffer.from(lines.buffer, lines.byteOffset, lines.length);
  let count = 0;
  for (let at = bytes.indexOf(lineFeed); at >= 0; at = bytes.indexOf(lineFeed, at + 1)) count++;
  return count;
}

/** @returns the first line, as text, and its length with its end */
export function firstLine(lines: Uint8Array): { line: string; length: number } {
  const length = lines.indexOf(lineFeed) + 1;
  return { line: Buffer.from(lines.subarray(0, length - 1)).toString('utf8'), length };
}

/** @returns the last line, as text, and the lines before it */
export function lastLine(lines: Uint8Array): { line: string; before: Uint8Array } {
  const at = lines.lastIndexOf(lineFeed, lines.length - 2) + 1;
  return { line: Buffer.from(lines.subarray(at, -1)).toString('utf8'), before: lines.subarray(0, at) };
}
