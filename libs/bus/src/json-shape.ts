/** What a JSON text may have at most. */
export interface JsonBounds {
  /** Items of lists and fields of objects, over all of it. */
  readonly values: number;
  /** Lists and objects within each other. */
  readonly depth: number;
}

const [quote, backslash, comma] = [0x22, 0x5c, 0x2c];
/** `[` and `{`, `]` and `}`: they differ in one bit, which is set here. */
const [bit, open, close] = [0x20, 0x7b, 0x7d];

/**
 * Looks at JSON before it is parsed: parsed, `[{},{},{}…` takes thirty times its bytes, and a text of 64 MiB all of the
 * memory there is. It takes about a nanosecond a byte, and keeps nothing.
 * @returns what is too much; undefined = nothing. Of what is no JSON it tells nothing
 */
export function jsonExcess(bytes: Uint8Array, bounds: JsonBounds): string | undefined {
  let values = 0;
  let depth = 0;
  for (let at = 0; at < bytes.length; at++) {
    const byte = bytes[at] ?? 0;
    if (byte === quote) {
      at = endOfString(bytes, at + 1);
      continue;
    }
    if (byte !== comma) {
      const either = byte | bit;
      if (either === close) depth--;
      if (either !== open) continue;
      if (++depth > bounds.depth) return `has more than ${bounds.depth} lists and objects within each other`;
    }
    if (++values > bounds.values) return `has more than ${bounds.values} values`;
  }
  return undefined;
}

/** @returns where the quote is that ends the string; the length where none does */
function endOfString(bytes: Uint8Array, from: number): number {
  let at = from;
  for (; at < bytes.length && bytes[at] !== quote; at++) if (bytes[at] === backslash) at++;
  return at;
}
