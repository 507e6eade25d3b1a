import { gzipSync } from 'node:zlib';
import { headers as natsHeaders } from '@nats-io/transport-node';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  decodeStored,
  encodeAsk,
  hubConsumer,
  subjects,
  tracesStream,
  type AskedBatch,
  type StoredMessage,
} from '#bus';
import { type RowValues } from '#testing/wire';
import { schemaVersion } from '#wire';
import { arrowOf, counted, nowUs, startTestHub, type TestHub } from '../testing/hub.js';

let hub: TestHub;
const start = nowUs();
const told = new Map<string, StoredMessage[]>();

beforeAll(async () => {
  hub = await startTestHub();
  // What is published before the consumer stands may count as delivered before.
  while (!(await hub.bus.manager.consumers.info(tracesStream, hubConsumer).catch(() => undefined)))
    await new Promise((resolve) => setTimeout(resolve, 5));
  hub.bus.connection.subscribe('visor.v1.stored.*', {
    callback: (_error, message) => {
      const agent = message.subject.split('.').at(-1) ?? '';
      told.set(agent, [...(told.get(agent) ?? []), decodeStored(message.data) as StoredMessage]);
    },
  });
}, 60_000);

afterAll(() => hub.destroy());

const value = (name: string, cause = ''): number => hub.counters.counter(name, cause).value;

async function publish(
  agent: string,
  batchId: bigint,
  rows: readonly Partial<RowValues>[],
  extra: Record<string, string> = {},
  bytes = gzipSync(arrowOf(rows.map((row) => ({ agent_id: agent, batch_id: batchId, ts: start, ...row })))),
): Promise<number> {
  const headers = natsHeaders();
  const given = {
    'Visor-Rows': String(rows.length),
    'Visor-Batch': String(batchId),
    'Visor-Schema': String(schemaVersion),
    'Content-Encoding': 'gzip',
  };
  for (const [name, text] of Object.entries({ ...given, ...extra })) headers.set(name, text);
  return (await hub.bus.js.publish(subjects.traces(agent), bytes, { headers })).seq;
}

async function count(agent: string): Promise<number> {
  const sql = `SELECT toUInt32(count()) AS n FROM traces WHERE agent_id = '${agent}'`;
  return (JSON.parse(await hub.store.queryText({ sql })) as { n: number }).n;
}

async function toldOf(agent: string, batches: number): Promise<StoredMessage> {
  for (;;) {
    const all = told.get(agent) ?? [];
    const stored = all.flatMap((message) => message.stored);
    const rejected = all.flatMap((message) => message.rejected);
    if (stored.length + rejected.length >= batches) return { stored, rejected, again: [] };
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

describe('a time that ClickHouse cannot keep', () => {
  it.each([
    ['year 2100', Date.UTC(2100, 0, 1) * 1000],
    ['year 2107', Date.UTC(2107, 0, 1) * 1000],
    ['year 12000', 3.2e17],
    ['before 1970', -1],
  ])('%s is rejected, and holds nothing up', async (name, ts) => {
    const agent = `clock${name.replace(/\W/g, '')}`;
    await publish(agent, 1n, [{}, { ts }]);
    await publish(agent, 2n, [{}, {}]);
    const { stored, rejected } = await toldOf(agent, 2);
    expect(stored).toEqual([2n]);
    expect(rejected).toEqual([{ batchId: 1n, reason: 'malformed' }]);
    expect(await count(agent)).toBe(2);
  });
});

describe('many batches', () => {
  it('are in few inserts, with poison among them, and their agents are told', async () => {
    const before = {
      inserts: value('ingest_inserts'),
      rejected: value('deliveries_rejected', 'agent'),
      at_ms: performance.now(),
    };
    const bomb = gzipSync(Buffer.alloc(32 * 2 ** 20));
    for (let n = 1; n <= 200; n++) {
      const agent = n % 2 ? 'many1' : 'many2';
      if (n % 20 === 1) await publish(agent, BigInt(n), [{ agent_id: 'other' }]);
      else if (n % 20 === 2) await publish(agent, BigInt(n), [{}], {}, bomb);
      else await publish(agent, BigInt(n), [{ packet_id: BigInt(n) }, { packet_id: BigInt(n), hop: 1 }]);
    }
    const [one, two] = [await toldOf('many1', 100), await toldOf('many2', 100)];
    expect([one.stored.length, two.stored.length]).toEqual([90, 90]);
    expect(new Set(one.rejected.map(({ reason }) => reason))).toEqual(new Set(['agent']));
    expect(new Set(two.rejected.map(({ reason }) => reason))).toEqual(new Set(['too_large']));
    expect([await count('many1'), await count('many2')]).toEqual([180, 180]);
    // An agent is told before its batch is counted.
    await counted(hub, 'deliveries_rejected', before.rejected + 10, 'agent');
    expect(value('deliveries_rejected', 'agent') - before.rejected).toBe(10);
    // One a second (ingest.linger), and some more where memory was short: far fewer than 180.
    const seconds = (performance.now() - before.at_ms) / 1000;
    expect(value('ingest_inserts') - before.inserts).toBeLessThan(20 + seconds);
  });

  it('are each stored once, however often they come at the same time', async () => {
    const already = value('ingest_batches', 'already');
    await Promise.all(
      Array.from({ length: 30 }, (_, i) => publish('twice', BigInt(i % 3), [{ packet_id: BigInt(i % 3) }])),
    );
    await counted(hub, 'ingest_batches', already + 27, 'already');
    expect(await count('twice')).toBe(3);
  });
});

describe('versions of the schema', () => {
  it('takes an older one, whose missing columns are empty', async () => {
    const { tableFromIPC, tableToIPC } = await import('apache-arrow');
    const full = tableFromIPC(arrowOf([{ agent_id: 'old', batch_id: 5n, ts: start, len: 60, dport: 53 }]));
    const older = tableToIPC(full.select(['ts', 'agent_id', 'batch_id', 'len']), 'stream');
    await publish('old', 5n, [{}], { 'Visor-Schema': '0' }, gzipSync(older));
    expect((await toldOf('old', 1)).stored).toEqual([5n]);
    const sql = `SELECT len, dport, table, toString(ip_src) AS ip FROM traces WHERE agent_id = 'old'`;
    expect(JSON.parse(await hub.store.queryText({ sql }))).toEqual({
      len: 60,
      dport: 0,
      table: '',
      ip: '::',
    });
  });

  it('refuses a newer one with a sentence that says what to do', async () => {
    const shown = hub.bus.connection.subscribe(subjects.rejected);
    await publish('new', 6n, [{}], { 'Visor-Schema': String(schemaVersion + 1) });
    for await (const message of shown) {
      const reason = message.headers?.get('Visor-Reason');
      // Those of the tests before are shown after they are counted.
      if (reason?.startsWith('schema') !== true) continue;
      expect(reason).toBe(
        `schema: it has schema ${schemaVersion + 1}, this trace-hub takes up to ${schemaVersion}; upgrade trace-hub before its agents`,
      );
      break;
    }
    expect((await toldOf('new', 1)).rejected).toEqual([{ batchId: 6n, reason: 'schema' }]);
  });
});

it('a batch of more days than an honest clock makes is refused', async () => {
  await publish(
    'days',
    7n,
    Array.from({ length: 9 }, (_, day) => ({ ts: start - day * 86_400_000_000 })),
  );
  expect((await toldOf('days', 1)).rejected).toEqual([{ batchId: 7n, reason: 'days' }]);
});

describe('a question', () => {
  const asked = (batchId: bigint, sequence: number, rows = 1): AskedBatch => ({
    batchId,
    rows,
    sequence,
    from_us: start,
    until_us: start,
  });

  async function ask(agent: string, batches: readonly AskedBatch[]): Promise<StoredMessage> {
    const answer = await hub.bus.connection.request(subjects.ask(agent), encodeAsk(batches), {
      timeout: 20_000,
    });
    return decodeStored(answer.data) as StoredMessage;
  }

  it('is answered: what is stored, what was refused, what is to be published again', async () => {
    const seq = await publish('asker', 1n, [{}]);
    await publish('asker', 2n, [{ agent_id: 'x' }]);
    await toldOf('asker', 2);
    expect(await ask('asker', [asked(1n, seq), asked(2n, seq + 1), asked(3n, 0), asked(4n, 1)])).toEqual({
      stored: [1n],
      rejected: [{ batchId: 2n, reason: 'agent' }],
      again: [3n, 4n],
    });
    // Of another agent the same number is another batch.
    expect(await ask('stranger', [asked(1n, 0)])).toEqual({ stored: [], rejected: [], again: [1n] });
  });

  it('is answered from ClickHouse where this hub does not know it', async () => {
    const { IngestService } = await import('./ingest.service.js');
    const ingest = hub.nest.get(IngestService);
    const lately = ingest.lately.bind(ingest);
    ingest.lately = () => undefined;
    expect(await ask('asker', [asked(1n, 0), asked(1n, 0, 2)])).toMatchObject({ stored: [1n], again: [] });
    ingest.lately = lately;
  });

  it('is not answered to another agent, nor to JetStream', async () => {
    const { connection } = hub.bus;
    const heard: string[] = [];
    for (const subject of ['visor.v1.stored.victim', '$JS.API.CONSUMER.DELETE.VISOR_TRACES.hub']) {
      connection.subscribe(subject, {
        callback: (_, { data }) => void heard.push(Buffer.from(data).toString()),
      });
      connection.publish(subjects.ask('asker'), encodeAsk([asked(1n, 0)]), { reply: subject });
    }
    await counted(hub, 'ingest_asks', 2, 'misdirected');
    // An answer to a later question comes after those that there might have been.
    await ask('asker', [asked(1n, 0)]);
    expect(heard).toEqual([]);
  });

  it('that is none gets no answer and harms nothing', async () => {
    hub.bus.connection.publish(subjects.ask('asker'), Buffer.from('{"batches": 7}'));
    hub.bus.connection.publish(subjects.ask('asker'), Buffer.from([0xff, 0]));
    await counted(hub, 'ingest_asks', 2, 'malformed');
    expect(hub.log.lines.join()).toContain('a question on visor.v1.ask.asker is not understood');
    expect(await ask('asker', [])).toEqual({ stored: [], rejected: [], again: [] });
  });
});
