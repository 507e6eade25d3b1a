/** Smaller pieces than this are written together: each write costs some µs, and a copy of so much less than that. */
const together = 256 * 1024;

/** @returns the same bytes in pieces that are worth a write each; large ones are not copied */
export function* written(pieces: readonly Uint8Array[]): Generator<Uint8Array, void, undefined> {
  let small: Uint8Array[] = [];
  let bytes = 0;
  for (const piece of pieces) {
    const large = piece.length >= together;
    if (!large) {
      small.push(piece);
      bytes += piece.length;
    }
    if (small.length > 0 && (large || bytes >= together)) {
      yield Buffer.concat(small);
      small = [];
      bytes = 0;
    }
    if (large) yield piece;
  }
  if (small.length > 0) yield Buffer.concat(small);
}
