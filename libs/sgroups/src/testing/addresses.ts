import { parseCidr } from '../cidr.js';

/** @returns the 16 bytes of an address, as rows have them @throws Error where `text` is none */
export function addressBytes(text: string): Uint8Array {
  const words = (parseCidr(`${text}/128`) ?? parseCidr(`${text}/32`))?.words;
  if (!words) throw new Error(`${text} is no address`);
  const bytes = new Uint8Array(16);
  const view = new DataView(bytes.buffer);
  for (const [i, word] of words.entries()) view.setUint32(4 * i, word);
  return bytes;
}
