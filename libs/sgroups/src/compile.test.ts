import { StringTable } from '#columns';
import { describe, expect, it } from 'vitest';
import { compile } from './compile.js';
import { packedBytes } from './pack.js';
import { PrefixTable } from './prefix-table.js';
import { addressBytes, sgroupsData } from './testing/index.js';

/** @returns `networks | groups` of each address */
function looked(data: ReturnType<typeof sgroupsData>, ...addresses: string[]): string[] {
  const strings = new StringTable();
  const table = new PrefixTable(compile(data).prefixes, strings);
  return addresses.map((address) => {
    const entry = table.find(addressBytes(address), 0);
    return `${strings.text(table.net(entry))} | ${strings.text(table.sg(entry))}`;
  });
}

const problems = (networks: string[], groups?: string[]): readonly string[] =>
  compile(sgroupsData(networks, groups)).problems;

describe('compile', () => {
  it('finds the most specific network, up to its last address', () => {
    const data = sgroupsData(
      ['lan 10.0.0.0/8', 'web 10.1.0.0/16', 'host 10.1.2.3/32', 'all 0.0.0.0/0'],
      ['g: web'],
    );
    expect(
      looked(
        data,
        '10.0.255.255',
        '10.1.0.0',
        '10.1.2.2',
        '10.1.2.3',
        '10.1.2.4',
        '10.1.255.255',
        '10.2.0.0',
      ),
    ).toEqual(['lan | ', 'web | g', 'web | g', 'host | ', 'web | g', 'web | g', 'lan | ']);
    expect(looked(data, '9.255.255.255', '11.0.0.0', '255.255.255.255', '0.0.0.0', 'fd00::1')).toEqual([
      'all | ',
      'all | ',
      'all | ',
      'all | ',
      ' | ',
    ]);
  });

  it('keeps IPv4 out of IPv6 networks around it, and never finds the absent address', () => {
    const data = sgroupsData(['six ::/0', 'low ::/64', 'none ::/128', 'mapped ::ffff:10.0.0.0/104']);
    expect(
      looked(
        data,
        '::',
        '::1',
        '10.0.0.1',
        '11.0.0.1',
        '::1:0:0:1',
        'ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff',
      ),
    ).toEqual([' | ', 'low | ', 'mapped | ', ' | ', 'low | ', 'six | ']);
  });

  it('joins the groups of a network, and the names of equal networks, in the order of the data', () => {
    const data = sgroupsData(
      ['b 10.0.0.0/24', 'a 10.0.0.9/24', 'c 10.0.1.0/24', 'b 10.0.0.0/24'],
      ['z: a, c', 'y: b, a', 'x: c, c', 'z: b'],
    );
    expect(looked(data, '10.0.0.1', '10.0.1.1')).toEqual(['b,a | z,y', 'c | z,x']);
  });

  it('gives nothing where there is nothing', () => {
    expect(looked(sgroupsData([]), '10.0.0.1', '::', 'fd00::1')).toEqual([' | ', ' | ', ' | ']);
  });

  it.each<[string, string[], string[], string[]]>([
    [
      'a malformed CIDR',
      ['a 10.0.0/8'],
      [],
      ['network a: "10.0.0/8" is no CIDR like 10.0.0.0/8 or fd00::/8; it is left out'],
    ],
    [
      'host bits',
      ['a 10.0.0.1/8'],
      [],
      ['network a: 10.0.0.1/8 has bits set after its length; they are taken as 0'],
    ],
    [
      'a network within another',
      ['b 10.1.0.0/16', 'a 10.0.0.0/8'],
      [],
      ['network b (10.1.0.0/16) lies within a (10.0.0.0/8): its addresses belong to it alone'],
    ],
    [
      'equal networks',
      ['a 10.0.0.0/8', 'b 10.0.0.0/8'],
      [],
      ['networks a and b are both 10.0.0.0/8; its addresses bear both names'],
    ],
    [
      'a network twice',
      ['a 10.0.0.0/8', 'a 11.0.0.0/8'],
      [],
      ['network a is there twice, as 10.0.0.0/8 and 11.0.0.0/8; both are used'],
    ],
    ['an empty name', [' 10.0.0.0/8'], [], ['network "" (10.0.0.0/8): its name is empty; it is left out']],
    ['an unknown network', ['a 10.0.0.0/8'], ['g: a, b'], ['group g names network "b", which is not there']],
    ['a group of none', ['a 10.0.0.0/8'], ['g:'], ['group g names no network, so no address is in it']],
    [
      'a group twice',
      ['a 10.0.0.0/8'],
      ['g: a', 'g: a'],
      ['group g is there twice; it has the networks of both'],
    ],
  ])('tells of %s', (_, networks, groups, expected) => {
    expect(problems(networks, groups)).toEqual(expected);
  });

  it('leaves out what has a comma or a control character in its name', () => {
    const data = {
      networks: [{ name: 'a,b', cidr: '10.0.0.0/8' }],
      groups: [{ name: 'x\n', networks: [] }],
    };
    expect(compile(data).problems).toEqual([
      'network "a,b" (10.0.0.0/8): its name has a comma, which separates names; it is left out',
      'group "x\\n": its name has a control character; it is left out',
    ]);
  });

  it('tells of many of a sort in a few lines', () => {
    const networks = Array.from({ length: 1000 }, (_, i) => `n${i} 10.0.0.${i}/33`);
    const told = problems(networks);
    expect(told).toHaveLength(6);
    expect(told.at(-1)).toBe('and 995 more networks with a malformed CIDR');
  });

  it('bears as many names as find room in a cell, and tells of the others', () => {
    const groups = Array.from({ length: 1000 }, (_, i) => `group-${i + 1000}: a`);
    const data = sgroupsData(['a 10.0.0.0/8'], groups);
    const [, sg = ''] = (looked(data, '10.0.0.1')[0] ?? '').split(' | ');
    expect(sg.length).toBeLessThanOrEqual(4096);
    expect(sg.split(',')).toHaveLength(372);
    expect(sg.split(',').at(-1)).toBe('group-1371');
    expect(compile(data).problems).toEqual([
      'the groups of network 10.0.0.0/8: of 1000 names rows bear the first 372, 4096 bytes at most',
    ]);
  });

  it('is shared between threads, not copied', () => {
    const { prefixes } = compile(sgroupsData(['a 10.0.0.0/8', 'ü fd00::/8'], ['g: a']));
    const arrays = Object.values(prefixes as object).filter((part): part is Uint8Array =>
      ArrayBuffer.isView(part),
    );
    expect(arrays).toHaveLength(6);
    for (const { buffer } of arrays) expect(buffer).toBeInstanceOf(SharedArrayBuffer);
    expect(prefixes.prefixes).toBe(2);
  });

  it('holds 100,000 networks that make its tree as deep as it can be in less than 64 MiB', () => {
    // groups of 80 starts, of which each byte tells one apart
    const networks = Array.from({ length: 100_000 }, (_, i) => {
      const [chain, link] = [Math.floor(i / 40), i % 40];
      const bytes = new Uint8Array(16).fill(0x20);
      new DataView(bytes.buffer).setUint16(0, 0x2000 + chain);
      if (link < 14) bytes[2 + link] = 0x30;
      else bytes[15] = 0x40 + 2 * link;
      const cidr = Array.from({ length: 8 }, (_, w) =>
        new DataView(bytes.buffer).getUint16(2 * w).toString(16),
      );
      return `n ${cidr.join(':')}/128`;
    });
    const { prefixes } = compile(sgroupsData(networks));
    expect(prefixes.prefixes).toBe(100_000);
    expect(packedBytes(prefixes)).toBeGreaterThan(20 * 2 ** 20);
    expect(packedBytes(prefixes)).toBeLessThan(64 * 2 ** 20);
  });
});
