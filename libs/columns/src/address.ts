/** Addresses as bytes and as text, the same text as ClickHouse's IPv6NumToString and MACNumToString make. */

const MAPPED = [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff] as const;

function startsAsMapped(bytes: Uint8Array, at: number): boolean {
  for (let i = 0; i < 12; i++) if (bytes[at + i] !== MAPPED[i]) return false;
  return true;
}

/** @returns where the longest run (two at least) of zero groups starts and ends, per RFC 5952 §4.2 */
function longestZeroRun(words: readonly number[]): { start: number; end: number } {
  let best = { start: 8, end: 8 };
  for (let i = 0; i < 8; i++) {
    let end = i;
    while (end < 8 && words[end] === 0) end++;
    if (end - i >= 2 && end - i > best.end - best.start) best = { start: i, end };
    if (end > i) i = end;
  }
  return best;
}

/**
 * @param bytes 16 bytes from `at`, network order
 * @returns '' for the unspecified address, `10.0.0.1` for a mapped IPv4, else IPv6 after RFC 5952
 */
export function formatIp(bytes: Uint8Array, at = 0): string {
  if (startsAsMapped(bytes, at)) {
    return `${bytes[at + 12]}.${bytes[at + 13]}.${bytes[at + 14]}.${bytes[at + 15]}`;
  }
  const words: number[] = [];
  for (let i = 0; i < 8; i++) words.push(((bytes[at + 2 * i] ?? 0) << 8) | (bytes[at + 2 * i + 1] ?? 0));
  if (words.every((w) => w === 0)) return '';
  const { start, end } = longestZeroRun(words);
  const hex = (part: number[]): string => part.map((w) => w.toString(16)).join(':');
  return start === 8 ? hex(words) : `${hex(words.slice(0, start))}::${hex(words.slice(end))}`;
}

/** @returns `aa:bb:cc:dd:ee:ff`, or '' for 0 */
export function formatMac(mac: bigint): string {
  if (mac === 0n) return '';
  return mac
    .toString(16)
    .padStart(12, '0')
    .replace(/..(?=.)/g, '$&:');
}
