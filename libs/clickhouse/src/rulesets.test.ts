import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { equal, not } from '#filter';
import { type RulesetRecord } from './ruleset-writer.js';
import {
  type RulesetJson,
  type RulesetQuery,
  selectRulesets,
  selectRulesetText,
  type RulesetTextJson,
} from './rulesets.js';
import { type Store } from './store.js';
import { nowUs } from './testing/batch.js';
import { storageModes, temporaryStore } from './testing/directory.js';

const start = Math.floor(nowUs() / 1e6) * 1e6 - 3600e6;
const at = (second: number): number => start + second * 1e6;
const time = (second: number): string => new Date(at(second) / 1000).toISOString().replace('Z', '000Z');
const hash = (text: string): string => createHash('sha256').update(text).digest('hex').slice(0, 16);

const names = { a: 'table inet fw { # handle 1\n\t"ü"\n}\n', b: 'table b', c: 'table c' };
const [A, B, C] = [hash(names.a), hash(names.b), hash(names.c)];

/** What one agent tells, each change as second, table, version; with the text where it is given. */
class Agent {
  #seq = 0;
  constructor(
    readonly agent_id = "o'brien\\1",
    readonly run = 'aa',
    readonly netns = '',
  ) {}

  record(second: number, change: string, table = '', version = '', text?: string): RulesetRecord {
    const { agent_id, run, netns } = this;
    const seq = ++this.#seq;
    const family = change === 'cleared' ? '' : 'inet';
    const values = { agent_id, run, netns, family, table, version, change, seq, generation: seq };
    const content = text === undefined ? {} : { text: { text, json: '{"rules":[]}', rules: 2 } };
    return { change: values, at_us: at(second), ...content };
  }

  cleared = (second: number) => this.record(second, 'cleared');
  gone = (second: number, table = 'fw') => this.record(second, 'gone', table);
  seen = (second: number, version: string, text?: string, table = 'fw') =>
    this.record(second, 'in_force', table, version, text);
}

async function storeAll(store: Store, records: readonly RulesetRecord[]): Promise<void> {
  await Promise.all(records.map((record) => store.storeRuleset(record)));
}

async function rulesets(store: Store, query: Partial<RulesetQuery> = {}): Promise<RulesetJson[]> {
  const lines = await store.queryText(selectRulesets({ take: { last: 100 }, ...query }));
  return lines
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line) as RulesetJson);
}

const inForce = async (store: Store, second: number) =>
  (await rulesets(store, { atUs: at(second) })).map(({ table, version }) => [table, version]);

async function text(store: Store, version: string, agent?: string): Promise<RulesetTextJson | undefined> {
  const where = agent === undefined ? undefined : equal('agent_id', agent);
  const line = await store.queryText(selectRulesetText(version, where));
  return line === '' ? undefined : (JSON.parse(line) as RulesetTextJson);
}

/** A to B and back, while table `nat` stands still. */
function flips(agent = new Agent()): RulesetRecord[] {
  return [
    agent.cleared(0),
    agent.seen(0, A, names.a),
    agent.seen(0, C, names.c, 'nat'),
    agent.seen(10, B, names.b),
    agent.seen(20, A),
    agent.gone(30),
    agent.seen(40, B),
  ];
}

describe.each(storageModes)('rulesets (%s)', { timeout: 60_000 }, (mode) => {
  it('are told with when they were first and last in force', async () => {
    const store = await temporaryStore(mode);
    await storeAll(store, flips());
    const common = { agent_id: "o'brien\\1", netns: '', family: 'inet', table: 'fw', rules: 2 };
    expect(await rulesets(store)).toEqual([
      {
        ...common,
        version: A,
        first_seen: time(0),
        last_seen: time(30),
        generation: 5,
        bytes: Buffer.byteLength(names.a),
      },
      {
        ...common,
        version: C,
        table: 'nat',
        first_seen: time(0),
        last_seen: null,
        generation: 3,
        bytes: 7,
      },
      { ...common, version: B, first_seen: time(10), last_seen: null, generation: 7, bytes: 7 },
    ]);
  });

  it('that were in force at a time are found to the microsecond, as often as they flip', async () => {
    const store = await temporaryStore(mode);
    await storeAll(store, flips());
    const nat = ['nat', C];
    expect(await inForce(store, -1)).toEqual([]);
    expect(await inForce(store, 0)).toEqual([['fw', A], nat]);
    expect(await inForce(store, 9.999999)).toEqual([['fw', A], nat]);
    expect(await inForce(store, 10)).toEqual([['fw', B], nat]);
    expect(await inForce(store, 20)).toEqual([['fw', A], nat]);
    expect(await inForce(store, 29.999999)).toEqual([['fw', A], nat]);
    expect(await inForce(store, 30)).toEqual([nat]);
    expect(await inForce(store, 1e6)).toEqual([['fw', B], nat]);
    const [then] = await rulesets(store, { atUs: at(15) });
    expect(then).toMatchObject({ since: time(10), until: time(20), text: names.b, first_seen: time(10) });
    const [now] = await rulesets(store, { atUs: at(50) });
    expect(now).toMatchObject({ since: time(40), until: null, text: names.b });
  });

  it('of a run that is over are in force no more, whatever its tables were', async () => {
    const store = await temporaryStore(mode);
    const next = new Agent(undefined, 'bb');
    await storeAll(store, [...flips(), next.cleared(60), next.seen(60, A, names.a)]);
    expect(await inForce(store, 59)).toEqual([
      ['fw', B],
      ['nat', C],
    ]);
    expect(await inForce(store, 60)).toEqual([['fw', A]]);
    await storeAll(store, [new Agent(undefined, 'cc').cleared(70)]);
    expect(await inForce(store, 70)).toEqual([]);
  });

  it('are there once, however often they are told, and each of an agent and namespace for itself', async () => {
    const store = await temporaryStore(mode);
    const others = [new Agent('web2'), new Agent('web2', 'ab', 'blue')];
    const records = [...flips(), ...others.flatMap((agent) => flips(agent))];
    await storeAll(store, records);
    await storeAll(store, records.toReversed());
    expect(await rulesets(store)).toHaveLength(9);
    expect(await rulesets(store, { atUs: at(50) })).toHaveLength(6);
    expect(await rulesets(store, { atUs: at(50), where: equal('netns', 'blue') })).toHaveLength(2);
    expect(await rulesets(store, { where: not(equal('agent_id', 'web2')) })).toHaveLength(3);
    expect(await rulesets(store, { tables: equal('table', 'nat') })).toHaveLength(3);
    expect(await rulesets(store, { versions: equal('table_version', A) })).toHaveLength(3);
    expect(await rulesets(store, { take: { first: 2 } })).toHaveLength(2);
  });

  it('are found by the times in which they were in force', async () => {
    const store = await temporaryStore(mode);
    await storeAll(store, flips());
    const found = async (since: number, until: number) =>
      (await rulesets(store, { sinceUs: at(since), untilUs: at(until), tables: equal('table', 'fw') })).map(
        ({ version }) => version,
      );
    expect(await found(-5, 0)).toEqual([]);
    expect(await found(0, 10)).toEqual([A]);
    expect(await found(10, 20)).toEqual([B]);
    expect(await found(5, 15)).toEqual([A, B]);
    expect(await found(30, 40)).toEqual([]);
    expect(await found(50, 60)).toEqual([B]);
  });

  it('have a text, of the agent that is asked for', async () => {
    const store = await temporaryStore(mode);
    const liar = new Agent('liar', 'aa');
    await storeAll(store, [...flips(), liar.seen(60, A, 'accept all')]);
    expect(await text(store, A)).toEqual({
      version: A,
      family: 'inet',
      table: 'fw',
      text: names.a,
      json: '{"rules":[]}',
    });
    expect((await text(store, A, 'liar'))?.text).toBe('accept all');
    expect(await text(store, hash('none'))).toBeUndefined();
    await storeAll(store, [liar.seen(70, hash('none'))]);
    const [known] = await rulesets(store, { versions: equal('table_version', hash('none')) });
    expect(known).toMatchObject({ rules: null, bytes: null });
    expect((await rulesets(store, { atUs: at(75), where: equal('agent_id', 'liar') }))[0]?.text).toBeNull();
  });

  it('go when no row can name them any more; what is in force stays', async () => {
    const store = await temporaryStore(mode);
    await storeAll(store, flips());
    const dayUs = 86_400e6;
    await store.pruneRulesets(at(29) + 9 * dayUs, 7);
    expect((await rulesets(store)).map(({ version }) => version).sort()).toEqual([A, B, C].sort());
    await store.pruneRulesets(at(31) + 9 * dayUs, 7);
    expect((await rulesets(store)).map(({ version }) => version).sort()).toEqual([B, C].sort());
    expect([await text(store, A), (await text(store, B))?.text]).toEqual([undefined, names.b]);
    expect(await inForce(store, 1e7)).toEqual([
      ['fw', B],
      ['nat', C],
    ]);
    await store.pruneRulesets(at(31) + 800 * dayUs, 7);
    expect(await rulesets(store)).toHaveLength(2);
  });

  it('are stored many at a time, a large text among them', async () => {
    const store = await temporaryStore(mode);
    const agent = new Agent();
    const large = `${'\t\ttcp dport 80 accept # handle 5\n'.repeat(100_000)}\u{1F600}`;
    const records = Array.from({ length: 1000 }, (_, n) =>
      agent.seen(n / 1000, hash(`v${n}`), n === 500 ? large : `v${n}`),
    );
    await storeAll(store, records);
    expect(await rulesets(store, { take: { first: 10_000 } })).toHaveLength(1000);
    expect((await text(store, hash('v500')))?.text).toBe(large);
  });

  it('have statements as in golden/rulesets.sql', async () => {
    const query = {
      where: equal('agent_id', 'web1'),
      tables: equal('family', 'inet'),
      versions: equal('table_version', '0123456789abcdef'),
      take: { last: 100 },
    };
    const times = { sinceUs: 1_795_000_000_000_000, untilUs: 1_795_000_001_000_000 };
    const statements = [
      selectRulesets({ ...query, ...times }),
      selectRulesets({ ...query, atUs: times.sinceUs }),
      selectRulesetText('0123456789abcdef', query.where),
    ];
    await expect(
      statements.map(({ sql, params }) => `${sql}\n-- ${JSON.stringify(params)}\n`).join('\n'),
    ).toMatchFileSnapshot('../golden/rulesets.sql');
  });
});
