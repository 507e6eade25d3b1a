import { describe, expect, it, vi } from 'vitest';
import { cliRuns, printed } from '../testing/cli-runs.js';
import { lossEvent, rowEvent, streamAnswer } from '../testing/fake-hub.js';
import { lossJson } from '../testing/losses.js';
import { rowJson } from '../testing/rows.js';

const runs = cliRuns();

// Each test starts programs, which takes long where others do so too.
vi.setConfig({ testTimeout: 30_000 });

describe('watch -f', () => {
  it('prints new packets as they come, and ends well on Ctrl-C', async () => {
    const hub = await runs.serve(streamAnswer(rowEvent(rowJson())));
    const { child, result } = runs.start([
      'watch',
      '-f',
      '--last',
      '5',
      '--fate',
      'dropped',
      '--host',
      hub.url,
    ]);
    await printed(child.stdout, 'DROPPED');
    child.kill('SIGINT');
    const { stdout, stderr, exit } = await result;
    expect(stdout).toContain(
      'web1 10.0.0.2:51034 -> 10.0.1.2:8443 tcp SYN DROPPED inet filter forward handle 12 ',
    );
    expect(stderr).toMatch(/^visor-cli: stopped after \d+\.\d s: 1 packet, 0 events lost\n$/);
    expect(exit).toBe(0);
    expect(hub.requests[0]?.url).toBe('/api/v1/stream?fate=dropped&last=5');
  });

  it('prints what is lost as it is told, each event once', async () => {
    const grown = lossJson({ events: 1300, until: '2026-11-21T14:03:20.000000Z' });
    const events = [
      rowEvent(rowJson({ sport: 1 })),
      lossEvent(lossJson()),
      lossEvent(lossJson()),
      lossEvent(grown),
    ];
    const hub = await runs.serve(
      streamAnswer([...events, rowEvent(rowJson({ sport: 2, packet_id: '2' }))].join('')),
    );
    for (const format of ['compact', 'table', 'jsonl']) {
      const { child, result } = runs.start(['watch', '-f', '--host', hub.url, '-o', format]);
      await printed(child.stdout, format === 'jsonl' ? '"sport":2' : '10.0.0.2:2 ');
      child.kill('SIGINT');
      const { stdout, stderr } = await result;
      const people = format === 'jsonl' ? stderr : stdout;
      const lost = [...people.matchAll(/EVENTS LOST: (\d+) on web1 .*(\d\d:\d\d:\d\d) \(/g)];
      expect([format, lost.map(([, count, until]) => [count, until])]).toEqual([
        format,
        [
          ['1234', '14:03:12'],
          ['66', '14:03:20'],
        ],
      ]);
      expect(stdout.indexOf('EVENTS LOST') > 0).toBe(format !== 'jsonl');
    }
  });

  it('closes a JSON document on Ctrl-C', async () => {
    const hub = await runs.serve(streamAnswer(rowEvent(rowJson()) + rowEvent(rowJson({ hop: 1 }))));
    const { child, result } = runs.start(['watch', '-f', '--hops', '-o', 'json', '--host', hub.url]);
    await printed(child.stdout, '"hop":1');
    child.kill('SIGTERM');
    const { stdout, exit } = await result;
    expect(JSON.parse(stdout)).toHaveLength(2);
    expect(exit).toBe(0);
    expect(hub.requests[0]?.url).toBe('/api/v1/stream?hops=true');
  });

  it('says what is missing, and that it comes back', async () => {
    const lost = (data: object): string => `event: lost\ndata: ${JSON.stringify(data)}\n\n`;
    const since = '2026-11-21T10:00:00.000000Z';
    const gaps = [
      lost({ rows: 7, batches: 0, reason: 'slow' }),
      lost({ rows: 0, batches: 3, reason: 'behind', since, until: '2026-11-21T10:05:00.000000Z' }),
      lost({ rows: 0, batches: 4, reason: 'gone', since }),
      lost({ rows: 0, batches: 1, reason: 'failed', since }),
      lost({ rows: 0, batches: 0, reason: 'stream', since }),
      'event: nats\ndata: {"state":"away"}\n\nevent: nats\ndata: {"state":"back"}\n\n',
    ].join('');
    const hub = await runs.serve((request, response) => {
      if (hub.requests.length > 1)
        return streamAnswer(rowEvent(rowJson({ packet_id: '2' })))(request, response);
      streamAnswer(rowEvent(rowJson({ packet_id: '1' })) + gaps)(request, response);
      setImmediate(() => response.end());
    });
    const { child, result } = runs.start(['watch', '-f', '-o', 'jsonl', '--host', hub.url]);
    await printed(child.stdout, '"packet_id":"2"');
    child.kill('SIGINT');
    const { stdout, stderr } = await result;
    expect(stdout).toBe(`${rowJson({ packet_id: '1' })}\n${rowJson({ packet_id: '2' })}\n`);
    expect(stderr.split('\n')).toEqual([
      'visor-cli: 7 rows are missing here: they came faster than they were read; --since shows them',
      `visor-cli: 3 batches of rows are missing here: the hub has not stored them yet; --since ${since} --until 2026-11-21T10:05:00.000000Z shows them later`,
      `visor-cli: 4 batches of rows are missing here: NATS no longer had them; --since ${since} shows what was stored`,
      `visor-cli: 1 batch of rows is missing here: the hub failed on them, and its log says why; --since some time before ${since} shows what was stored`,
      `visor-cli: rows may be missing here: NATS lost its stream; --since ${since} shows what was stored`,
      `visor-cli: ${hub.url} has lost NATS: nothing new comes until it is back`,
      `visor-cli: ${hub.url} has NATS again, and goes on where it was`,
      expect.stringMatching(/^visor-cli: http:\S+ closed the stream; trying again in 0\.\d s$/),
      `visor-cli: connected to ${hub.url} again`,
      expect.stringMatching(
        /^visor-cli: stopped after .* 2 packets, 0 events lost, 7 rows missing, rows missing of unknown number$/,
      ),
      '',
    ]);
  });
});
