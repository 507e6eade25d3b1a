const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/**
 * Bytes of the kernel → text. Names of tables, chains and interfaces may be any bytes: where they are no UTF-8 each
 * odd byte is written as `\xff`, so that two names that differ stay different.
 */
export function decodeName(bytes: Uint8Array): string {
  return decoded(bytes) ?? escaped(bytes);
}

function decoded(bytes: Uint8Array): string | undefined {
  try {
    return utf8.decode(bytes);
  } catch {
    return undefined;
  }
}

function escaped(bytes: Uint8Array): string {
  let out = '';
  for (let at = 0; at < bytes.length;) {
    const length = sequenceLength(bytes[at] ?? 0);
    const text = length > 0 ? decoded(bytes.subarray(at, at + length)) : undefined;
    out += text ?? `\\x${(bytes[at] ?? 0).toString(16).padStart(2, '0')}`;
    at += text === undefined ? 1 : length;
  }
  return out;
}

/** Of the UTF-8 sequence that a byte starts; 0 = it starts none (RFC 3629) */
function sequenceLength(byte: number): number {
  if (byte < 0x80) return 1;
  if (byte < 0xc2 || byte > 0xf4) return 0;
  return byte < 0xe0 ? 2 : byte < 0xf0 ? 3 : 4;
}
