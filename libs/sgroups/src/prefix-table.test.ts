import { formatIp, StringTable } from '#columns';
import fc from 'fast-check';
import ipaddr from 'ipaddr.js';
import { describe, expect, it } from 'vitest';
import { compile } from './compile.js';
import { PrefixTable } from './prefix-table.js';
import { addressBytes, sgroupsData } from './testing/index.js';

/** Few different bytes, so that networks share their heads and addresses hit them */
const byte = fc.constantFrom(0, 1, 0x7f, 0x80, 0xff);
const v4 = fc.array(byte, { minLength: 4, maxLength: 4 }).map((b) => new ipaddr.IPv4(b).toString());
const v6 = fc
  .array(byte, { minLength: 16, maxLength: 16 })
  .map((b) => new ipaddr.IPv6([0x20, ...b.slice(1)]).toString());
const low6 = fc
  .array(byte, { minLength: 2, maxLength: 2 })
  .map(([a = 0, b = 0]) => `::${a.toString(16)}:${b.toString(16)}`);
const address = fc.oneof(v4, v6, low6);
const cidr = fc
  .tuple(address, fc.integer({ min: 0, max: 128 }))
  .map(([text, length]) => `${text}/${text.includes(':') ? length : length % 33}`);

/** By the rules, one network after the other. */
function expected(cidrs: readonly string[], text: string): string {
  const wanted = ipaddr.parse(text);
  if (text.includes(':') && (wanted as ipaddr.IPv6).parts.every((part) => part === 0)) return '';
  let best = { length: -1, names: [] as string[] };
  for (const [i, candidate] of cidrs.entries()) {
    const [network, length] = ipaddr.parseCIDR(candidate);
    if (network.kind() !== wanted.kind() || length < best.length || !wanted.match(network, length)) continue;
    best = length > best.length ? { length, names: [`n${i}`] } : { length, names: [...best.names, `n${i}`] };
  }
  return best.names.join();
}

describe('PrefixTable', () => {
  it('finds what a search through all networks finds', () => {
    let hits = 0;
    fc.assert(
      fc.property(
        fc.array(cidr, { maxLength: 300, size: 'max' }),
        fc.array(address, { minLength: 20 }),
        (cidrs, texts) => {
          const strings = new StringTable();
          const { prefixes } = compile(sgroupsData(cidrs.map((text, i) => `n${i} ${text}`)));
          const table = new PrefixTable(prefixes, strings);
          const bytes = new Uint8Array(16 * texts.length);
          for (const [i, text] of texts.entries()) bytes.set(addressBytes(text), 16 * i);
          for (const [i, text] of texts.entries()) {
            const entry = table.find(bytes, 16 * i);
            if (entry !== 0) hits++;
            expect(strings.text(table.net(entry)), formatIp(bytes, 16 * i)).toBe(expected(cidrs, text));
          }
        },
      ),
      { numRuns: 80 },
    );
    expect(hits).toBeGreaterThan(400);
  });

  it('finds the ends of every one of 20,000 networks', () => {
    const strings = new StringTable();
    const cidrs = Array.from({ length: 20_000 }, (_, i) =>
      i % 2 === 0 ? `10.${i >> 8}.${i & 0xff}.0/24` : `2001:db8:${(i * 3).toString(16)}::/48`,
    );
    const table = new PrefixTable(
      compile(sgroupsData(cidrs.map((text) => `${text} ${text}`))).prefixes,
      strings,
    );
    for (const text of cidrs) {
      const first = addressBytes(text.slice(0, text.indexOf('/')));
      const last = first.slice();
      if (text.includes(':')) last.fill(0xff, 6);
      else last[15] = 0xff;
      for (const bytes of [first, last]) expect(strings.text(table.net(table.find(bytes, 0)))).toBe(text);
    }
    for (const miss of ['9.255.255.255', '10.0.1.0', '11.0.0.0', '2001:db8::', '2001:db9::'])
      expect(table.find(addressBytes(miss), 0), miss).toBe(0);
  });

  it('makes no string of a network that no packet has met, and marks those that one has', () => {
    const strings = new StringTable();
    const networks = Array.from({ length: 1000 }, (_, i) => `net-${i} 10.0.${i >> 8}.${i & 0xff}/32`);
    const { prefixes } = compile(sgroupsData(networks, ['ü: net-7']));
    const table = new PrefixTable(prefixes, strings);
    expect(strings.size).toBe(1);
    const entry = table.find(addressBytes('10.0.0.7'), 0);
    const met = [table.net(entry), table.sg(entry)].map((id) => strings.text(id));
    expect([met, strings.size]).toEqual([['net-7', 'ü'], 3]);
    strings.collect([table]);
    expect([table.net(entry), table.sg(entry)].map((id) => strings.text(id))).toEqual(['net-7', 'ü']);
    expect(strings.live).toBe(3);
  });
});
