import { formatIp } from '#columns';
import { describe, expect, it } from 'vitest';
import { inPrefix, parseAddress, parsePrefix } from './ip.js';

describe('parseAddress', () => {
  it.each([
    ['10.0.0.1', '10.0.0.1'],
    ['0.0.0.0', '0.0.0.0'],
    ['255.255.255.255', '255.255.255.255'],
    ['::1', '::1'],
    ['FD00::A', 'fd00::a'],
    ['1:2:3:4:5:6:7:8', '1:2:3:4:5:6:7:8'],
    ['1:2:3:4:5:6:7::', '1:2:3:4:5:6:7:0'],
    ['::2:3:4:5:6:7:8', '0:2:3:4:5:6:7:8'],
    ['64:ff9b::192.0.2.33', '64:ff9b::c000:221'],
    ['1:2:3:4:5:6:192.0.2.33', '1:2:3:4:5:6:c000:221'],
    ['::ffff:10.0.0.1', '10.0.0.1'],
    ['::', ''],
  ])('reads %s', (text, shown) => {
    const address = parseAddress(text);
    expect(address && formatIp(address.bytes)).toBe(shown);
  });

  it.each([
    '',
    '10',
    '10.0.1',
    '010.0.0.1',
    '0x0a.0.0.1',
    '10.0.0.256',
    '10.0.0.1.',
    '10.0.0.1 ',
    '10.0.0.-1',
    ':',
    ':::',
    '1::2::3',
    '1:2:3:4:5:6:7',
    '1:2:3:4:5:6:7:8:9',
    '1:2:3:4:5:6:7:8::',
    '12345::',
    'g::',
    'fe80::1%eth0',
    '[::1]',
    '::10.0.0.1:1',
    '10.0.0.1::',
    '1:2:3:4:5:6:7:10.0.0.1',
    '/8',
  ])('refuses %j', (text) => {
    expect(parseAddress(text)).toBeUndefined();
  });
});

describe('parsePrefix', () => {
  it.each([
    ['10.0.0.0/8', '10.0.0.0', 104],
    ['10.0.0.5/24', '10.0.0.0', 120],
    ['10.0.0.5/32', '10.0.0.5', 128],
    ['0.0.0.0/0', '0.0.0.0', 96],
    ['fd00:1:2:3::1/61', 'fd00:1:2::', 61],
    ['::/0', '', 0],
  ])('reads %s, clearing the host bits', (text, network, length) => {
    const prefix = parsePrefix(text);
    expect(prefix && { network: formatIp(prefix.bytes), length: prefix.length }).toEqual({ network, length });
  });

  it.each([
    '10.0.0.0/33',
    '10.0.0.0/08',
    '10.0.0.0/',
    '10.0.0.0/-1',
    '10.0.0.0/8/8',
    '::/129',
    '/8',
    '10/8',
    '10.0.0.0',
  ])('refuses %j', (text) => {
    expect(parsePrefix(text)).toBeUndefined();
  });
});

describe('inPrefix', () => {
  const inside = (address: string, prefix: string): boolean =>
    inPrefix(
      parseAddress(address)?.bytes ?? new Uint8Array(),
      parsePrefix(prefix) ?? { bytes: new Uint8Array(16), length: 0 },
    );

  it.each([
    ['10.1.2.3', '10.0.0.0/8', true],
    ['11.1.2.3', '10.0.0.0/8', false],
    ['10.0.0.127', '10.0.0.0/25', true],
    ['10.0.0.128', '10.0.0.0/25', false],
    ['fd00::1', 'fd00::/7', true],
    ['fc00::1', 'fd00::/7', true],
    ['fe00::1', 'fd00::/7', false],
    ['fd00::1', '0.0.0.0/0', false],
  ])('%s in %s is %s', (address, prefix, expected) => {
    expect(inside(address, prefix)).toBe(expected);
  });
});
