import { describe, expect, it } from 'vitest';
import { Clock } from '../format/clock.js';
import { paint } from '../format/paint.js';
import { parseRow } from '../format/printable.js';
import { rowJson } from '../testing/rows.js';
import { noon } from '../testing/session.js';
import { story, type StoryOptions } from './story.js';

type Values = NonNullable<Parameters<typeof rowJson>[0]>;

const base = {
  decisive: false,
  verdict: 'continue',
  table: 'filter',
  oif: '',
  tcp_seq: 7,
  sg_src: 'clients,all',
};
const hops: Values[] = [
  {
    hook: 'prerouting',
    chain: 'tag',
    table: 'visor',
    handle: '3',
    rule: 'meta nftrace set 1 comment "all of it"',
    comment: 'all of it',
  },
  {
    hook: 'prerouting',
    chain: 'tag',
    table: 'visor',
    type: 'policy',
    handle: '0',
    rule: '',
    verdict: 'accept',
  },
  {
    hook: 'input',
    chain: 'input',
    handle: '9',
    rule: 'tcp dport 8443 jump admin',
    verdict: 'jump',
    jt: 'admin',
    ts: '2026-11-21T14:03:11.204530Z',
  },
  {
    hook: 'input',
    chain: 'admin',
    handle: '17',
    rule: 'tcp dport vmap { 22 : jump a, 8443 : jump b }',
    verdict: 'jump',
    jt: 'b',
  },
  {
    hook: 'input',
    chain: 'input',
    type: 'policy',
    handle: '0',
    rule: '',
    verdict: 'drop',
    decisive: true,
    ts: '2026-11-21T14:03:11.206530Z',
  },
];

function tell(some: readonly Values[], options: Partial<StoryOptions> = {}): string {
  const rows = some.map((values, hop) => parseRow(rowJson({ ...base, hop, ...values })));
  const clock = new Clock(() => noon, { utc: true });
  const decided = rows.find(({ decisive }) => decisive === 'true');
  return story(rows, decided, { clock, paint: paint(false), width: Infinity, losses: [], ...options });
}

describe('the story of a packet', () => {
  it('tells who sent it, its way with jumps indented, and what decided', () => {
    expect(tell(hops)).toBe(`\
packet 9007199254740993 on web1
14:03:11.204518Z  10.0.0.2:51034 (clients,all) -> 10.0.1.2:8443  tcp SYN, 60 bytes

  link  in eth0  02:00:00:00:00:01 -> 02:00:00:00:00:02  type ip
  ip    ttl 63
  tcp   seq 7
  from  groups clients,all

                   prerouting  in eth0
                     inet visor tag
     0                 CONTINUE  meta nftrace set 1  handle 3  # all of it
     1      +0 µs      ACCEPT    policy accept
                   input  in eth0
                     inet filter input
     2     +12 µs      JUMP      tcp dport 8443 jump admin  handle 9
                       inet filter admin
     3      +0 µs        JUMP      tcp dport vmap { 22 : jump a, 8443 : jump b }  to b  handle 17
▶    4   +2.01 ms      DROPPED   policy drop

5 hops in 2.01 ms
DROPPED by policy of inet filter input
`);
  });

  it('tells what was lost: hops, the one that decided, events of the agent', () => {
    const text = tell(
      [
        { ...hops[0], hop: 1 },
        { ...hops[2], hop: 4 },
      ],
      { losses: ['EVENTS LOST: 5 on web1'] },
    );
    expect(text).toContain('1 hop is missing here\n');
    expect(text).toContain('2 hops are missing here\n');
    expect(text).toContain('\nEVENTS LOST: 5 on web1\n2 hops in 12 µs\n');
    expect(text).toMatch(
      /\nDROPPED; the hop that decided is missing, the last one that is known is in inet filter input\n$/,
    );
  });

  it.each<[Values, string]>([
    [
      {
        fate: 'accepted',
        verdict: 'accept',
        handle: '4',
        rule: 'oif "lan" masquerade comment "out"',
        comment: 'out',
      },
      'ACCEPTED by rule 4 of inet filter input: oif "lan" masquerade # out',
    ],
    [
      { fate: 'rejected', verdict: 'drop', handle: '4', rule: 'reject' },
      'REJECTED by rule 4 of inet filter input: reject',
    ],
    [{ fate: 'queued', verdict: 'queue', handle: '4', rule: '' }, 'QUEUED by rule 4 of inet filter input'],
    [{ fate: 'dropped', verdict: 'drop', handle: '0', rule: '' }, 'DROPPED at the end of inet filter input'],
    [
      { fate: 'unknown', verdict: 'accept', type: 'policy', handle: '0' },
      'UNKNOWN: events of it were lost, the last one that is known is accept by policy of inet filter input',
    ],
  ])('ends with the fate and what decided it: %j', (values, line) => {
    const text = tell([{ hook: 'input', chain: 'input', decisive: true, ...values }]);
    expect(text.trimEnd().split('\n').slice(-2)).toEqual(['1 hop', line]);
  });

  it('tells where addresses were translated, a mark was set, and where it leaves', () => {
    const nat = { ip_dst: '10.8.0.2', dport: 80, oif: 'lan', mark: 16, hook: 'forward', chain: 'forward' };
    expect(tell([{ hook: 'prerouting', chain: 'nat' }, nat])).toContain(
      'forward  eth0 -> lan  now 10.0.0.2:51034 (clients,all) -> 10.8.0.2:80  mark 0x10\n',
    );
  });

  it('breaks lines at spaces where the terminal is narrow, and loses nothing', () => {
    const rule = `ip saddr { ${Array.from({ length: 20 }, (_, i) => `10.0.0.${i}`).join(', ')} } accept`;
    const text = tell([{ ...hops[2], rule, jt: '', verdict: 'accept' }], { width: 70 });
    const way = text.slice(text.indexOf('inet filter'));
    expect(way.replace(/\s+/g, ' ')).toContain(rule);
    expect(text.split('\n').filter((line) => Array.from(line).length > 70)).toEqual([]);
  });

  it('shows fates in colours, and what a terminal would act on harmless', () => {
    expect(tell(hops, { paint: paint(true) })).toContain('\x1b[1mDROPPED');
    const text = tell([{ ...hops[0], agent_id: 'a\x1b[2J', rule: 'x\ny', comment: '\x07' }]);
    expect(text).toContain('on a\\x1b[2J');
    expect(text).toContain('x\\x0ay');
    expect([...text].filter((character) => character < ' ' && character !== '\n')).toEqual([]);
  });

  it('says where the headers are not known, and that it stands for others', () => {
    const none = {
      ip_src: '',
      ip_dst: '',
      ether_type: '',
      hw_src: '',
      hw_dst: '',
      proto: '',
      sg_src: '',
      len: 0,
      ttl: 0,
    };
    expect(tell([{ ...hops[0], ...none, sampling: 8 }])).toContain('its headers are not known\none of 8');
  });
});
