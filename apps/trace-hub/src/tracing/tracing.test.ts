import { EventEmitter } from 'node:events';
import { type FastifyReply, type FastifyRequest } from 'fastify';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Counters, logFields, withLogFields } from '#app-kit';
import { recordingLog } from '#testing/bus';
import { HubConfig } from '../config.js';
import { Collector } from '../testing/collector.js';
import { counted, nowUs, publishRows, startTestHub, type TestHub } from '../testing/hub.js';
import { openTracing } from './open-tracing.js';
import { traceRequest } from './trace-request.js';
import { noTracing, traced } from './tracing.js';

let hub: TestHub;
let collector: Collector;

beforeAll(async () => {
  collector = await Collector.start();
  hub = await startTestHub({ tracingEndpoint: collector.endpoint, ingestLingerMs: 0 });
});
afterAll(async () => {
  await hub.destroy();
  await collector.stop();
});

const come = async (name: string) => {
  await expect.poll(() => collector.named(name).length, { timeout: 20_000 }).toBeGreaterThan(0);
  return collector.named(name)[0] as NonNullable<ReturnType<Collector['named']>[0]>;
};

describe('traces', () => {
  it('are of each batch: unpacked, checked, and inserted with others', async () => {
    await publishRows(hub, 'web1', 1n, [{ ts: nowUs() }, { ts: nowUs() }]);
    await counted(hub, 'ingest_batches', 1, 'inserted');
    const batch = await come('ingest batch');
    expect(batch.attributes).toMatchObject({
      'visor.agent': 'web1',
      'visor.batch': '1',
      'visor.deliveries': 1,
      'visor.rows': 2,
      'visor.outcome': 'inserted',
    });
    expect(await come('unpack and check')).toMatchObject({
      traceId: batch.traceId,
      parentSpanId: batch.spanId,
    });
    const insert = await come('insert batches');
    expect(insert.attributes).toMatchObject({ 'visor.batches': 1, 'visor.rows': 2 });
    expect(insert.links).toMatchObject([{ traceId: batch.traceId, spanId: batch.spanId }]);
  });

  it('of a question go on with the trace of who asks, down to the query', async () => {
    const traceId = '0af7651916cd43dd8448eb211c80319c';
    const answer = await fetch(`${hub.url}/api/v1/packets?dport=443&since=1h`, {
      headers: { traceparent: `00-${traceId}-b7ad6b7169203331-01`, 'x-request-id': 'r7' },
    });
    expect(answer.status).toBe(200);
    await answer.text();
    const request = await come('GET /api/v1/packets');
    expect(request).toMatchObject({ traceId, parentSpanId: 'b7ad6b7169203331', kind: 2 });
    expect(request.attributes).toMatchObject({
      'http.route': '/api/v1/packets',
      'http.response.status_code': 200,
      'visor.request_id': 'r7',
    });
    const query = await come('clickhouse query');
    expect(query).toMatchObject({ traceId, parentSpanId: request.spanId });
    expect(query.attributes['db.query.text']).toMatch(/SELECT[^]*FROM/);
    // Values stand in parameters, which are told nobody.
    expect(query.attributes['db.query.text']).not.toContain('443');
  });

  it('that the collector does not take are counted and told, and keep nobody waiting', async () => {
    collector.status = 400;
    const answer = await fetch(`${hub.url}/api/v1/agents`);
    expect(answer.status).toBe(200);
    await answer.text();
    expect(await hub.log.next(/spans were not taken by tracing\.endpoint/)).toContain(collector.endpoint);
    expect(hub.counters.counter('lost_spans').value).toBeGreaterThan(0);
    collector.status = 200;
  });

  it('are kept in part where a part is asked for, and those that a client decided on', async () => {
    const config = { ...new HubConfig(), tracingEndpoint: collector.endpoint, tracingSamplePercent: 0 };
    const parts = { version: '1', log: recordingLog(), counters: new Counters() };
    const tracing = await openTracing(config, parts);
    await traced(tracing, { name: 'left out' }, () => Promise.resolve());
    const traceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';
    await traced(tracing, { name: 'asked for', traceparent }, () => Promise.resolve());
    await expect(
      traced(tracing, { name: 'asked for and failed', traceparent }, () => Promise.reject(new Error('no'))),
    ).rejects.toThrow('no');
    await tracing.close();
    expect(collector.named('left out')).toEqual([]);
    expect(collector.named('asked for')).toHaveLength(1);
    expect(collector.named('asked for and failed')[0]?.status).toMatchObject({ code: 2, message: 'no' });
  });

  it('that come faster than the collector takes them are counted as well, and no login is told', async () => {
    const log = recordingLog();
    const counters = new Counters();
    const slow = await Collector.start();
    slow.status = 500;
    const tracingEndpoint = slow.endpoint.replace('://', '://user:hidden@');
    const config = { ...new HubConfig(), tracingEndpoint, tracingTimeoutMs: 200 };
    const tracing = await openTracing(config, { version: '1', log, counters });
    withLogFields({ request_id: 'r1' }, () => {
      for (let i = 0; i < 5000; i++) tracing.begin({ name: 'one of many' }).end();
    });
    await tracing.close();
    await slow.stop();
    expect(counters.counter('lost_spans').value).toBe(5000);
    expect(log.lines).toContainEqual(
      expect.stringMatching(/^spans come faster than tracing\.endpoint http:\/\/user:\*\*\*@/),
    );
    expect(log.lines).toContainEqual(
      expect.stringMatching(/spans were not taken by tracing\.endpoint http:\/\/user:\*\*\*@/),
    );
    expect(log.lines.join('\n')).not.toContain('hidden');
  });

  it('have their id in the lines of what they are of', async () => {
    const config = { ...new HubConfig(), tracingEndpoint: collector.endpoint };
    const tracing = await openTracing(config, {
      version: '1',
      log: recordingLog(),
      counters: new Counters(),
    });
    const traceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';
    const told = await traced(tracing, { name: 'told', traceparent }, () => Promise.resolve(logFields()));
    expect(told).toEqual({ trace_id: '0af7651916cd43dd8448eb211c80319c' });
    await tracing.close();
  });

  it('of a request tell how it ended, where it failed or was broken off', async () => {
    const config = { ...new HubConfig(), tracingEndpoint: collector.endpoint };
    const tracing = await openTracing(config, {
      version: '1',
      log: recordingLog(),
      counters: new Counters(),
    });
    const ends = { failed: { statusCode: 503, writableFinished: true }, broken: { statusCode: 200 } };
    for (const [name, end] of Object.entries(ends)) {
      const raw = Object.assign(new EventEmitter(), end);
      const request = { id: name, method: 'GET', headers: {}, routeOptions: { url: `/api/${name}` } };
      traceRequest(
        tracing,
        request as unknown as FastifyRequest,
        { raw } as unknown as FastifyReply,
        () => undefined,
      );
      raw.emit('close');
    }
    await tracing.close();
    const [failed] = collector.named('GET /api/failed');
    expect(failed?.status).toMatchObject({ code: 2, message: 'answered with 503' });
    expect(failed?.attributes).not.toHaveProperty('visor.broken_off');
    const [broken] = collector.named('GET /api/broken');
    expect([broken?.status?.code ?? 0, broken?.attributes['visor.broken_off']]).toEqual([0, true]);
  });

  it('are none by default', async () => {
    const parts = { version: '1', log: recordingLog(), counters: new Counters() };
    expect(await openTracing(new HubConfig(), parts)).toBe(noTracing);
  });
});
