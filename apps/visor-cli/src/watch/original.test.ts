import { Parser } from '@oclif/core';
import { describe, expect, it } from 'vitest';
import Watch from '../commands/watch.js';
import { CliError } from '../errors.js';
import { withNots } from '../filters/not.js';
import { watchRequest, type WatchRequest } from './request.js';

const nowUs = Date.parse('2026-11-21T12:00:00Z') * 1000;

async function flagsOf(argv: readonly string[]) {
  const { flags } = await Parser.parse(withNots(argv), { flags: Watch.flags, strict: true });
  return flags;
}

async function request(...argv: string[]): Promise<WatchRequest> {
  const flags = await flagsOf(argv);
  return watchRequest(flags, flags, nowUs);
}

/** The filters of the original Visor's watch, each with values that it takes. */
const filters: readonly (readonly [name: string, ...values: string[]])[] = [
  ['trid', '123', '987', '234'],
  ['table', 'flt', 'fwd', 'output'],
  ['chain', 'INPUT-SG1', 'chain2'],
  ['jt', 'target1', 'target_2'],
  ['handle', '1', '2', '18446744073709551615'],
  ['family', 'ip', 'ip6'],
  ['iif', 'eth0', 'eth1'],
  ['oif', 'eth0', 'br-1a2b.10'],
  ['hw-src', '00:00:00:00:00:00', '00:00:00:00:00:01'],
  ['hw-dst', '00:00:00:00:00:00', 'AA:bb:cc:dd:ee:ff'],
  ['ip-src', '192.168.0.1', '192.168.0.2'],
  ['ip-dst', '93.184.215.14', 'fd00::1'],
  ['sport', '80', '443'],
  ['dport', '80', '443', '65535'],
  ['sg-src', 'sg1', 'no-routed'],
  ['sg-dst', 'sg1', 'HBF-TEST2'],
  ['net-src', '192.168.0.0/32', 'NET1'],
  ['net-dst', '192.168.0.0/32', 'NET2'],
  ['len', '20', '1500'],
  ['proto', 'tcp', 'udp', 'icmp'],
  ['verdict', 'accept', 'drop', 'continue'],
];

const condition =
  "(trid > 123 or trid < 234) and trid != 200 and sport in (80,443) and dport not in (80,443) and sg-src != 'no-routed'";

describe("the original's filters", () => {
  it('are 21', () => expect(filters).toHaveLength(21));

  it.each(filters)(
    '--%s with one value, a comma list, several times, either spelling',
    async (name, ...values) => {
      const [one = '', ...others] = values;
      const list = values.join(',');
      expect((await request(`--${name}`, one)).query).toEqual({ [name]: [one], last: '20' });
      expect((await request(`--${name}=${list}`)).query).toEqual({ [name]: [list], last: '20' });
      const repeated = values.flatMap((value) => [`--${name}`, value]);
      expect((await request(...repeated)).query).toEqual({ [name]: [one, ...others], last: '20' });
      const spelling = `--${name.replace('-', '_')}`;
      expect((await request(spelling, list)).query).toEqual({ [name]: [list], last: '20' });
    },
  );

  it.each(filters)('--not --%s', async (name, ...values) => {
    const { query } = await request('--not', `--${name}`, values.join(','));
    expect(query).toEqual({ [name]: [values.map((value) => `!${value}`).join(',')], last: '20' });
  });

  it('all together, with a time, an agent and new ones', async () => {
    const argv = filters.flatMap(([name, ...values]) => [`--${name}`, values.join(',')]);
    const expected = Object.fromEntries(filters.map(([name, ...values]) => [name, [values.join(',')]]));
    expect((await request('-f', '-t', '5s', '--agent-id', 'tracer1,tracer2', ...argv)).query).toEqual({
      ...expected,
      'agent-id': ['tracer1,tracer2'],
      since: '2026-11-21T11:59:55.000000Z',
    });
  });
});

describe("the original's other flags", () => {
  it('--time-from and --time-to', async () => {
    const argv = ['--time-from', '2024-10-08T12:30:00Z', '--time-to', '2024-10-08T12:35:00Z'];
    const range = { since: '2024-10-08T12:30:00.000000Z', until: '2024-10-08T12:35:00.000000Z' };
    expect((await request(...argv)).query).toEqual({ ...range, last: '10000' });
  });

  it.each([['-t'], ['--time']])('%s with -f', async (flag) => {
    const { query, follow } = await request('-f', flag, '1h');
    expect({ query, follow }).toEqual({ query: { since: '2026-11-21T11:00:00.000000Z' }, follow: true });
  });

  it.each([['-q'], ['--query']])('%s, with an agent', async (flag) => {
    expect((await request(flag, condition, '--agent-id', 'a')).query).toEqual({
      query: condition,
      'agent-id': ['a'],
      last: '20',
    });
  });

  it('-j, -v, --log-level, -H and -c', async () => {
    const flags = await flagsOf([
      '-j',
      '-v',
      '--log-level',
      'DEBUG',
      '-H',
      'tcp://10.0.0.1:9650',
      '-c',
      'a.yaml',
    ]);
    expect(flags).toMatchObject({ json: true, host: 'tcp://10.0.0.1:9650', config: 'a.yaml' });
  });
});

describe('what the original refuses together', () => {
  it.each(filters)('--query and --%s', async (name, value) => {
    for (const argv of [
      ['-q', condition, `--${name}`, value ?? ''],
      [`--${name}`, value ?? '', '--query', condition],
    ]) {
      await expect(request(...argv)).rejects.toThrow(CliError);
      await expect(request(...argv)).rejects.toThrow(
        `--query and --${name} exclude each other; write ${name} into the query`,
      );
    }
  });

  it('--time-from and --time', async () => {
    const both = request('-f', '-t', '5s', '--time-from', '2024-10-08T12:30:00Z');
    await expect(both).rejects.toThrow(
      '--since (--time-from) and --time exclude each other: both say when to begin',
    );
  });
});
