import { formatIp } from '#columns';
import ipaddr from 'ipaddr.js';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseCidr } from './cidr.js';

function shown(text: string): string | undefined {
  const cidr = parseCidr(text);
  if (!cidr) return undefined;
  const bytes = new Uint8Array(16);
  for (const [i, word] of cidr.words.entries()) new DataView(bytes.buffer).setUint32(4 * i, word);
  return `${formatIp(bytes)}/${cidr.length}${cidr.hostBits ? ' host bits' : ''}`;
}

describe('parseCidr', () => {
  it.each([
    ['10.0.0.0/8', '10.0.0.0/104'],
    ['10.0.0.5/24', '10.0.0.0/120 host bits'],
    ['10.0.0.5/32', '10.0.0.5/128'],
    ['255.255.255.255/0', '0.0.0.0/96 host bits'],
    ['0.0.0.0/0', '0.0.0.0/96'],
    ['fd00:1:2:3::1/61', 'fd00:1:2::/61 host bits'],
    ['FD00::/8', 'fd00::/8'],
    ['::/0', '/0'],
    ['::1/128', '::1/128'],
    ['1:2:3:4:5:6:7:8/128', '1:2:3:4:5:6:7:8/128'],
    ['::2:3:4:5:6:7:8/128', '0:2:3:4:5:6:7:8/128'],
    ['64:ff9b::192.0.2.33/128', '64:ff9b::c000:221/128'],
    ['1:2:3:4:5:6:192.0.2.33/128', '1:2:3:4:5:6:c000:221/128'],
    ['::ffff:10.0.0.0/104', '10.0.0.0/104'],
    ['::ffff:0:0/96', '0.0.0.0/96'],
    ['8000::/1', '8000::/1'],
  ])('reads %s', (text, expected) => {
    expect(shown(text)).toBe(expected);
  });

  it.each([
    '',
    '/',
    '/8',
    '10/8',
    '10.0.0/8',
    '10.0.0.0',
    '10.0.0.0/',
    '10.0.0.0/33',
    '10.0.0.0/-1',
    '10.0.0.0/08',
    '10.0.0.0/8/8',
    '10.0.0.0/8.0',
    '10.0.0.0/0x8',
    '10.0.0.0/255.0.0.0',
    '010.0.0.0/8',
    '10.0.0.256/8',
    ' 10.0.0.0/8',
    '10.0.0.0/8 ',
    '::/129',
    ':::/8',
    '1::2::3/8',
    'fe80::1%eth0/64',
    '[::1]/128',
    'g::/8',
    'web/8',
  ])('refuses %j', (text) => {
    expect(parseCidr(text)).toBeUndefined();
  });

  it('reads what another library reads', () => {
    const words = fc.array(fc.oneof(fc.constant(0), fc.integer({ min: 0, max: 0xffff })), {
      minLength: 8,
      maxLength: 8,
    });
    fc.assert(
      fc.property(words, fc.integer({ min: 0, max: 128 }), (parts, length) => {
        const text = new ipaddr.IPv6(parts).toString();
        const theirs = ipaddr.IPv6.networkAddressFromCIDR(`${text}/${length}`);
        const wanted = [0, 2, 4, 6].map((i) => (theirs.parts[i] ?? 0) * 0x10000 + (theirs.parts[i + 1] ?? 0));
        expect(parseCidr(`${text}/${length}`)?.words).toEqual(wanted);
      }),
    );
  });
});
