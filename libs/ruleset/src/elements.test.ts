import { describe, expect, it } from 'vitest';
import { type RawElement, showElements } from './elements.js';

const element = (key: string, more: Partial<RawElement> = {}): RawElement => ({
  key: Buffer.from(key, 'hex'),
  keyEnd: undefined,
  isEnd: false,
  value: undefined,
  comment: '',
  ...more,
});
const end = (key: string): RawElement => element(key, { isEnd: true });
const [IPV4, IPV6, ETHER, PROTOCOL, PORT, MARK, IFNAME] = [7, 8, 9, 12, 13, 19, 41];
const IPV4_PORT = (7 << 6) | 13;

describe('showElements', () => {
  it.each([
    ['addresses, sorted', IPV4, false, [element('0a000002'), element('0a000001')], ['10.0.0.1', '10.0.0.2']],
    [
      'intervals',
      IPV4,
      true,
      [end('0b000000'), element('0a000000'), end('00000000'), element('0b000003'), end('0b000008')],
      ['10.0.0.0/8', '11.0.0.3-11.0.0.7'],
    ],
    [
      'one address in a set of intervals',
      IPV4,
      true,
      [element('c0a80101'), end('c0a80102')],
      ['192.168.1.1'],
    ],
    ['everything', IPV4, true, [element('00000000')], ['0.0.0.0/0']],
    ['to the last', PORT, true, [element('03e8'), end('07d1'), element('ffff')], ['1000-2000', '65535']],
    [
      'IPv6',
      IPV6,
      false,
      [
        '00000000000000000000000000000001',
        '20010db8000000000001000000000007',
        '00010002000300040005000600070008',
      ].map((key) => element(key)),
      ['::1', '1:2:3:4:5:6:7:8', '2001:db8::1:0:0:7'],
    ],
    ['other types', ETHER, false, [element('001122334455')], ['00:11:22:33:44:55']],
    ['protocols', PROTOCOL, false, [element('06'), element('11'), element('fe')], ['tcp', 'udp', '254']],
    ['marks', MARK, false, [element('10000000')], ['0x00000010']],
    ['interfaces', IFNAME, false, [element(Buffer.from('eth0').toString('hex').padEnd(32, '0'))], ['"eth0"']],
    ['concatenations', IPV4_PORT, false, [element('0102030400350000')], ['1.2.3.4 . 53']],
    [
      'ranges of concatenations',
      IPV4_PORT,
      true,
      [element('0a00000000010000', { keyEnd: Buffer.from('0a0000ff04000000', 'hex') })],
      ['10.0.0.0/24 . 1-1024'],
    ],
    ['comments', IPV4, false, [element('0a000001', { comment: 'why' })], ['10.0.0.1 comment "why"']],
    ['types that are not known here', 63, false, [element('dead')], ['0xdead']],
    ['keys that are too short', IPV4, false, [element('dead')], ['0xdead']],
  ])('shows %s', (_, keyType, isInterval, elements, expected) => {
    const shown = showElements(elements, { keyType, dataType: 0, isInterval });
    expect(shown.toSorted()).toEqual(expected.toSorted());
  });

  it('shows the values of maps', () => {
    const form = { keyType: PORT, dataType: IPV4, isInterval: false };
    const elements = [
      element('0016', { value: 'jump x' }),
      element('0035', { value: Buffer.from('01010101', 'hex') }),
    ];
    expect(showElements(elements, form)).toEqual(['22 : jump x', '53 : 1.1.1.1']);
  });
});
