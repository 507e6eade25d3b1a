import { ApiError } from './errors.js';

/** A row is about 2 KiB; its longest part is a rule's text, which nft bounds far below this. */
export const MAX_LINE = 4 * 1024 * 1024;

/**
 * Splits text that comes in chunks into lines: the whole ones of each chunk at once, so that a reader can write them at
 * once. Empty lines are left out; the last line needs no newline.
 *
 * @throws ApiError `protocol` for a line of more than MAX_LINE characters
 */
export async function* readLines(
  op: string,
  chunks: AsyncIterable<Uint8Array>,
  max = MAX_LINE,
): AsyncGenerator<readonly string[], void, undefined> {
  const decoder = new TextDecoder();
  let rest = '';
  for await (const chunk of chunks) {
    const lines = (rest + decoder.decode(chunk, { stream: true })).split('\n');
    rest = lines.pop() ?? '';
    if (rest.length > max || lines.some((line) => line.length > max)) {
      throw new ApiError(op, 'protocol', `the answer has a line of more than ${max} characters`);
    }
    const whole = lines.filter((line) => line !== '');
    if (whole.length > 0) yield whole;
  }
  rest += decoder.decode();
  if (rest !== '') yield [rest];
}
