import { createHash, randomBytes } from 'node:crypto';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import {
  ensureStreams,
  header,
  hubConsumer,
  packRulesetContent,
  packRulesetMessage,
  publishInParts,
  type RulesetChange,
  type RulesetContent,
  rulesetsStream,
  subjects,
} from '#bus';
import { type RulesetJson, StoreError } from '#clickhouse';
import { type ProblemDetails } from '../http/problem.js';
import { counted, nowUs, startTestHub, type TestHub } from '../testing/hub.js';

let hub: TestHub;
const start = Math.floor(nowUs() / 1e6) * 1e6 - 3600e6;
const at = (second: number): number => start + second * 1e6;
const time = (second: number): string => new Date(at(second) / 1000).toISOString().replace('Z', '000Z');

const texts = {
  a: 'table inet fw { # handle 1\n\tchain in { # handle 2\n\t\ttcp dport 80 accept # handle 3\n\t}\n}\n',
  b: 'table inet fw { # handle 9\n\tchain in { # handle 2\n\t\ttcp dport 81 accept # handle 7\n\t}\n}\n',
  same: 'table inet fw { # handle 8\n\tchain in { # handle 2\n\t\ttcp dport 80 accept # handle 5\n\t}\n}\n',
};
const versionOf = (text: string): string => createHash('sha256').update(text).digest('hex').slice(0, 16);
const [A, B, SAME] = [versionOf(texts.a), versionOf(texts.b), versionOf(texts.same)];

const contentOf = (text: string): RulesetContent => ({
  text,
  chains: [{ name: 'in' }],
  rules: [{ chain: 'in', handle: 3, line: 3 }],
  sets: [],
});

let seq = 0;
let taken = 0;

async function publish(agent: string, values: Partial<RulesetChange>, text?: string): Promise<void> {
  const change: RulesetChange = {
    agent,
    run: 'aa',
    seq: ++seq,
    netns: '',
    change: 'in_force',
    family: 'inet',
    table: 'fw',
    version: '',
    generation: seq,
    at_us: at(0),
    ...values,
  };
  const content = text === undefined ? undefined : await packRulesetContent(contentOf(text));
  await publishBytes(values.agent === undefined ? agent : 'evil', packRulesetMessage(change, content));
}

async function publishBytes(agent: string, bytes: Uint8Array, encoding = 'gzip'): Promise<void> {
  const headers = { [header.contentEncoding]: encoding };
  await publishInParts(hub.bus, { subject: subjects.rulesets(agent), bytes, headers }, 5000);
}

/** Publishes and waits until the hub has stored it. */
async function tell(agent: string, values: Partial<RulesetChange>, text?: string): Promise<void> {
  await publish(agent, values, text);
  await counted(hub, 'ruleset_changes_stored', ++taken);
}

async function rows(path: string): Promise<RulesetJson[]> {
  const response = await hub.nest.inject(path);
  expect(response.statusCode).toBe(200);
  const { rows: list, count } = response.json<{ rows: RulesetJson[]; count: number }>();
  expect(count).toBe(list.length);
  return list;
}

beforeAll(async () => {
  hub = await startTestHub();
  await ensureStreams(hub.bus, hub.log);
  await tell('web1', { change: 'cleared', family: '', table: '', at_us: at(0) });
  await tell('web1', { version: A, at_us: at(0) }, texts.a);
  await tell('web1', { version: B, at_us: at(10) }, texts.b);
  await tell('web1', { version: A, at_us: at(20) });
  await tell('web2', { version: A, at_us: at(5), netns: 'blue' }, texts.a);
  await tell('web2', { version: SAME, at_us: at(6), table: 'other' }, texts.same);
}, 60_000);

afterAll(() => hub.destroy());

describe('GET /api/v1/rulesets', () => {
  it('tells versions with their times', async () => {
    const list = await rows('/api/v1/rulesets?agent-id=web1');
    const common = { agent_id: 'web1', netns: '', family: 'inet', table: 'fw', rules: 1 };
    expect(list).toEqual([
      { ...common, version: A, first_seen: time(0), last_seen: null, generation: 4, bytes: texts.a.length },
      {
        ...common,
        version: B,
        first_seen: time(10),
        last_seen: time(20),
        generation: 3,
        bytes: texts.b.length,
      },
    ]);
  });

  it('has lines of RFC 4180 as CSV, and nothing where nothing is known', async () => {
    const { body } = await hub.nest.inject('/api/v1/rulesets?agent-id=web1&format=csv&last=2');
    const [, first, ...rest] = body.split('\r\n');
    expect(first).toBe(`"${A}","web1","","inet","fw","${time(0)}",,4,1,${texts.a.length}`);
    expect([rest.length, rest.at(-1), body.replaceAll('\r\n', '').includes('\n')]).toEqual([2, '', false]);
  });

  it.each([
    ['', 4],
    [`version=${A}`, 2],
    [`version=!${A}`, 2],
    [`version=${A.toUpperCase()},${B}`, 3],
    [`version=${SAME}&version=${B}`, 2],
    ['netns=blue', 1],
    ['agent-id=web2&table=fw', 1],
    ['table=fw,other&family=inet', 4],
    ['family=ip', 0],
    ['last=1', 1],
    ['since=30m&agent-id=web1', 1],
    ['at=now', 3],
    ['at=now&agent-id=web1', 1],
    ['at=1d', 0],
  ])('filters by %s', async (query, count) => {
    expect(await rows(`/api/v1/rulesets?${query}`)).toHaveLength(count);
  });

  it('that finds none tells what was searched', async () => {
    const until = time(5);
    const nothing = await hub.nest.inject(`/api/v1/rulesets?family=arp&at=${until}`);
    const some = await hub.nest.inject('/api/v1/rulesets');
    expect(nothing.json()).toMatchObject({
      rows: [],
      count: 0,
      searched: { since: null, until, rows_read: expect.any(Number) as number, agents: [] },
    });
    expect(some.json()).not.toHaveProperty('searched');
  });

  it('tells what was in force at a time, with its text', async () => {
    const then = async (second: number) =>
      (await rows(`/api/v1/rulesets?agent-id=web1&at=${time(second)}`)).map(({ since, until, text }) => ({
        since,
        until,
        text,
      }));
    expect(await then(-1)).toEqual([]);
    expect(await then(9)).toEqual([{ since: time(0), until: time(10), text: texts.a }]);
    expect(await then(10)).toEqual([{ since: time(10), until: time(20), text: texts.b }]);
    expect(await then(30)).toEqual([{ since: time(20), until: null, text: texts.a }]);
  });

  it('answers JSON lines', async () => {
    const { body, headers } = await hub.nest.inject('/api/v1/rulesets?format=jsonl');
    expect(headers['content-type']).toBe('application/x-ndjson; charset=utf-8');
    expect(body.trimEnd().split('\n')).toHaveLength(4);
  });

  it.each([
    ['dport=80', 'dport'],
    ['at=soon', 'at'],
    ['at=1h&since=2h', 'since'],
    ['family=inett', 'family'],
    ['version=zz', 'version'],
    [`version=!${A},0123`, 'version'],
    ['last=0', 'last'],
    ['format=xml', 'format'],
  ])('refuses %s with a problem that names it', async (query, field) => {
    const response = await hub.nest.inject(`/api/v1/rulesets?${query}`);
    expect([response.statusCode, response.json<ProblemDetails>().field]).toEqual([400, field]);
  });
});

describe('GET /api/v1/rulesets/{version}', () => {
  it('tells its text, its rules, and where it was seen', async () => {
    const response = await hub.nest.inject(`/api/v1/rulesets/${A.toUpperCase()}`);
    expect(response.statusCode).toBe(200);
    const { seen, ...told } = response.json<{ seen: RulesetJson[] }>();
    expect(told).toEqual({ version: A, family: 'inet', table: 'fw', ...contentOf(texts.a) });
    expect(seen.map(({ agent_id, netns }) => [agent_id, netns])).toEqual([
      ['web1', ''],
      ['web2', 'blue'],
    ]);
  });

  it('tells its text alone', async () => {
    const response = await hub.nest.inject(`/api/v1/rulesets/${A}?format=text`);
    expect([response.headers['content-type'], response.body]).toEqual(['text/plain; charset=utf-8', texts.a]);
    const accepted = await hub.nest.inject({
      url: `/api/v1/rulesets/${A}`,
      headers: { accept: 'text/plain' },
    });
    expect(accepted.body).toBe(texts.a);
  });

  it.each([
    ['0123456789abcdef', 404, 'version'],
    [`${A}?agent-id=web9`, 404, 'version'],
    ['x', 400, 'version'],
    [`${A}?dport=1`, 400, 'dport'],
    [`${A}?format=csv`, 400, 'format'],
  ])('answers a problem to %s', async (path, status, field) => {
    const response = await hub.nest.inject(`/api/v1/rulesets/${path}`);
    expect([response.statusCode, response.json<ProblemDetails>().field]).toEqual([status, field]);
  });

  it('says that another agent has it', async () => {
    const response = await hub.nest.inject(`/api/v1/rulesets/${B}?agent-id=web2`);
    expect(response.json<ProblemDetails>().detail).toBe(
      `version ${B} is not of the agent and namespace that were asked for, but of agent "web1"`,
    );
  });
});

describe('GET /api/v1/rulesets/diff', () => {
  it('tells what changed, without handles unless they are asked for', async () => {
    const response = await hub.nest.inject(`/api/v1/rulesets/diff?from=${A}&to=${B}&context=0`);
    expect(response.json()).toEqual({
      from: A,
      to: B,
      added: 1,
      removed: 1,
      diff: `--- inet/fw ${A}\n+++ inet/fw ${B}\n@@ -3,1 +3,1 @@\n-\t\ttcp dport 80 accept\n+\t\ttcp dport 81 accept\n`,
    });
    const handles = await hub.nest.inject(`/api/v1/rulesets/diff?from=${A}&to=${B}&handles=true`);
    expect(handles.json()).toMatchObject({ added: 2, removed: 2 });
    const same = await hub.nest.inject(`/api/v1/rulesets/diff?from=${A}&to=${SAME}`);
    expect(same.json()).toMatchObject({ added: 0, removed: 0, diff: '' });
  });

  it('is plain text where that is asked for', async () => {
    const url = `/api/v1/rulesets/diff?from=${A}&to=${B}`;
    const response = await hub.nest.inject({ url, headers: { accept: 'text/plain' } });
    expect(response.headers['content-type']).toBe('text/plain; charset=utf-8');
    expect(response.body).toContain('\n+\t\ttcp dport 81 accept\n');
  });

  it.each([
    [`from=${A}`, 400, 'to'],
    [`from=zz&to=${A}`, 400, 'from'],
    [`from=${A}&to=0123456789abcdef`, 404, 'to'],
    [`from=${A}&to=${B}&context=x`, 400, 'context'],
    [`from=${A}&to=${B}&handles=1`, 400, 'handles'],
  ])('answers a problem to %s', async (query, status, field) => {
    const response = await hub.nest.inject(`/api/v1/rulesets/diff?${query}`);
    expect([response.statusCode, response.json<ProblemDetails>().field]).toEqual([status, field]);
  });
});

describe('what agents tell', () => {
  const pending = async (): Promise<number> =>
    (await hub.bus.manager.consumers.info(rulesetsStream, hubConsumer)).num_ack_pending;

  it('is stored in parts where it is large', async () => {
    const large = randomBytes(2 ** 21).toString('base64');
    await tell('web3', { version: versionOf(large), at_us: at(0) }, large);
    const { body } = await hub.nest.inject(`/api/v1/rulesets/${versionOf(large)}?format=text`);
    expect(body).toBe(large);
  });

  it('waits while ClickHouse is away', async () => {
    const away = vi
      .spyOn(hub.store, 'storeRuleset')
      .mockRejectedValue(new StoreError('insert', 'unreachable', 'ClickHouse does not answer.'));
    await publish('web4', { version: A });
    await counted(hub, 'ruleset_deliveries_retry', 1);
    away.mockRestore();
    await counted(hub, 'ruleset_changes_stored', ++taken);
    expect(await rows('/api/v1/rulesets?agent-id=web4')).toHaveLength(1);
    expect(hub.log.lines.join('\n')).toContain('Rulesets wait in the stream until it is back.');
  });

  it('is rejected where it is none, or claims another agent', async () => {
    const rejected = hub.bus.connection.subscribe(subjects.rejected);
    await publish('web5', { agent: 'web1', version: A });
    await counted(hub, 'ruleset_deliveries_rejected', 1, 'agent');
    await publish('web5', { version: 'no hash' });
    await publishBytes('web5', gzipSync('[]'));
    await counted(hub, 'ruleset_deliveries_rejected', 2, 'malformed');
    await publishBytes('web5', Buffer.from('{}'), 'br');
    await publishBytes('web5', gzipSync(Buffer.alloc(65 * 2 ** 20)));
    await counted(hub, 'ruleset_deliveries_rejected', 1, 'encoding');
    await counted(hub, 'ruleset_deliveries_rejected', 1, 'too_large');
    const reasons: string[] = [];
    for await (const message of rejected) {
      reasons.push(message.headers?.get(header.reason)?.split(':')[0] ?? '');
      if (reasons.length === 5) break;
    }
    expect(reasons.sort()).toEqual(['agent', 'encoding', 'malformed', 'malformed', 'too_large']);
    expect(await rows('/api/v1/rulesets?agent-id=web5,evil')).toEqual([]);
    await vi.waitFor(async () => expect(await pending()).toBe(0), 10_000);
    const { body } = await hub.nest.inject('/metrics');
    expect(body).toContain('visor_hub_rejected_rulesets_total{reason="malformed"} 2');
    expect(body).toContain(`visor_hub_stored_ruleset_changes_total ${taken}`);
  });
});
