const SURROGATES = 0xd800;
const AFTER_SURROGATES = 0xe000;

/** UTF-16 units in the order of the code points that they belong to: surrogates stand for the highest ones. */
const rank = (unit: number): number =>
  unit < SURROGATES ? unit : unit < AFTER_SURROGATES ? unit + 0x2000 : unit - 0x800;

/** @returns below 0, 0 or above 0: the order of code points, which is that of UTF-8's bytes and so ClickHouse's */
export function compareText(a: string, b: string): number {
  const length = Math.min(a.length, b.length);
  for (let i = 0; i < length; i++) {
    const [x, y] = [a.charCodeAt(i), b.charCodeAt(i)];
    if (x !== y) return rank(x) - rank(y);
  }
  return a.length - b.length;
}

/** @returns below 0, 0 or above 0 */
export function compareBytes(a: Uint8Array, b: Uint8Array): number {
  for (let i = 0; i < a.length; i++) {
    const difference = (a[i] ?? 0) - (b[i] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}
