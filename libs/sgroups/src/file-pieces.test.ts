import { describe, expect, it } from 'vitest';
import { readFileText } from './file-pieces.js';

const read = (text: string): ReturnType<typeof readFileText> => readFileText(text, 'sg.yml');

const good = `# the office
networks:
  - name: web
    network: { CIDR: 10.0.0.0/24 }
  - { name: 100, network: { CIDR: "fd00::/8" } }
groups:
  - name: front
    networks: [web, 100]
    default_action: DROP
    trace: true
    logs: false
  - name: no
`;

describe('readFileText', () => {
  it('reads networks and groups, and names that look like something else as they are written', async () => {
    expect(await read(good)).toEqual({
      networks: [
        { name: 'web', cidr: '10.0.0.0/24' },
        { name: '100', cidr: 'fd00::/8' },
      ],
      groups: [
        { name: 'front', networks: ['web', '100'] },
        { name: 'no', networks: [] },
      ],
    });
  });

  it.each([
    ['networks: []', { networks: [], groups: [] }],
    [
      'networks: [&a {name: x, network: &n {CIDR: 10.0.0.0/8}}]\ngroups: [{name: g, networks: &l [x]}, {name: h, networks: *l}]',
      {
        networks: [{ name: 'x', cidr: '10.0.0.0/8' }],
        groups: [
          { name: 'g', networks: ['x'] },
          { name: 'h', networks: ['x'] },
        ],
      },
    ],
    ['groups:\nnetworks:\n', { networks: [], groups: [] }],
    [
      '{"networks":[{"name":"a","network":{"CIDR":"10.0.0.0/8"}}]}',
      { networks: [{ name: 'a', cidr: '10.0.0.0/8' }], groups: [] },
    ],
  ])('takes %j', async (text, expected) => {
    expect(await read(text)).toEqual(expected);
  });

  it.each([
    ['', 'sg.yml line 1: is empty; an empty list is written networks: []'],
    ['# nothing\n', 'sg.yml line 1: is empty;'],
    ['- a', 'sg.yml line 1: file: here is no map with networks, groups'],
    [
      'networks:\ngruops: []',
      'sg.yml line 2: file: key gruops is not known; the known ones are networks, groups',
    ],
    [
      'networks:\n  - nmae: a',
      'sg.yml line 2: networks: key nmae is not known; the known ones are name, network',
    ],
    ['networks:\n  - name: a\n', 'sg.yml line 2: networks: key network is missing'],
    [
      'networks:\n  - name: a\n    network: 10.0.0.0/8',
      'sg.yml line 3: networks.network: here is no map with CIDR',
    ],
    [
      'networks:\n  - name: a\n    network: {cidr: 10.0.0.0/8}',
      'sg.yml line 3: networks.network: key cidr is not known; the known ones are CIDR',
    ],
    ['networks:\n  - name: a\n    network: {CIDR: }', 'sg.yml line 3: networks.network.CIDR is not text'],
    ['networks: web', 'sg.yml line 1: networks is not a list'],
    ['networks:\n  -\n', 'networks: here is no map with name, network'],
    ['groups:\n  - name: a\n    networks: b', 'sg.yml line 3: groups.networks is not a list'],
    ['groups:\n  - name: a\n    networks: [[b]]', 'sg.yml line 3: groups.networks is not text'],
    ['networks: [\n', 'sg.yml line 2: is no YAML: '],
    ['networks: []\nnetworks: []', 'sg.yml line 2: is no YAML: Map keys must be unique'],
    ['networks:\n- *b', 'sg.yml line 2: alias *b is not set'],
    ['\tnetworks: []', 'sg.yml line 1: is no YAML: '],
  ])('refuses %j, and says where', async (text, message) => {
    await expect(read(text)).rejects.toThrow(message);
    await expect(read(text)).rejects.toMatchObject({ name: 'SgroupsError', code: 'malformed' });
  });

  const networks = (count: number): string[] =>
    Array.from(
      { length: count },
      (_, i) => `  - name: n${i}\n    network: { CIDR: 10.${i >> 16}.${(i >> 8) & 255}.${i & 255}/32 }`,
    );
  const groups = (count: number): string[] =>
    Array.from({ length: count }, (_, i) => `- name: g${i}\n  networks:\n  - n${i}\n  - n0`);

  it('reads a large file as it reads a small one', async () => {
    const text = ['---', 'networks: # all', ...networks(7000), 'groups:', ...groups(3000), ''].join('\n');
    expect(text.length).toBeGreaterThan(400_000);
    const data = await read(text);
    expect([data.networks.length, data.groups.length]).toEqual([7000, 3000]);
    expect(data.networks.every(({ name }, i) => name === `n${i}`)).toBe(true);
    expect(data.groups.every(({ networks: [own] }, i) => own === `n${i}`)).toBe(true);
  });

  it.each([
    [3, 2500],
    [5, 6999],
    [1, 0],
  ])('names the line in a large file', async (_, at) => {
    const lines = ['networks:', ...networks(7000)].join('\n').split('\n');
    lines[1 + 2 * at] = '  - nam: x';
    await expect(read(lines.join('\n'))).rejects.toThrow(
      `sg.yml line ${2 + 2 * at}: networks: key nam is not known`,
    );
  });

  it('reads what stands above the first list of a large file', async () => {
    const text = [
      '%YAML 1.2',
      '---',
      'groups: [{name: g, networks: [n1]}] # one',
      'networks:',
      ...networks(7000),
    ];
    const data = await read(text.join('\n'));
    expect(data.networks).toHaveLength(7000);
    expect(data.groups).toEqual([{ name: 'g', networks: ['n1'] }]);
  });

  it.each([
    ['# the office\ngruops: []\nnetworks:', 'sg.yml line 2: file: key gruops is not known'],
    [
      'networks:\n  - {name: a, network: {CIDR: 10.0.0.0/8}}\nnetworks:',
      'line 3: key networks is there twice',
    ],
  ])('refuses in a large file what it refuses in a small one: %j', async (start, message) => {
    await expect(read([start, ...networks(7000)].join('\n'))).rejects.toThrow(message);
  });

  it('takes a large file of comments for an empty one', async () => {
    await expect(read('# nothing here\n'.repeat(20_000))).rejects.toThrow('sg.yml line 1: is empty;');
  });

  it('tells what a large file has to look like', async () => {
    const flow = JSON.stringify({
      networks: Array.from({ length: 10_000 }, () => ({ name: 'a', network: { CIDR: '10.0.0.0/8' } })),
    });
    await expect(read(flow)).rejects.toThrow(
      'a file this large has networks: and groups: on lines of their own',
    );
  });
});
