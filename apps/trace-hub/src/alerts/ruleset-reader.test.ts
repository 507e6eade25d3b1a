import { expect, it, onTestFinished, vi } from 'vitest';
import { Counters, Occurrences } from '#app-kit';
import {
  type Bus,
  connectBus,
  ensureStreams,
  header,
  packRulesetContent,
  packRulesetMessage,
  publishInParts,
  subjects,
} from '#bus';
import { NatsServer, recordingLog } from '#testing/bus';
import { RulesetReader } from './ruleset-reader.js';
import { type TableVersion } from './ruleset-versions.js';

vi.setConfig({ testTimeout: 60_000 });

const start_us = Date.now() * 1000;
let seq = 0;

/** What agent web1 tells of a table so many seconds after its start. */
async function tell(bus: Bus, second: number, table: string, version: string): Promise<void> {
  const change = {
    ...{ agent: 'web1', run: 'abc', seq: ++seq, netns: '', change: 'in_force' as const, family: 'inet' },
    ...{ table, version, generation: seq, at_us: start_us + second * 1e6 },
  };
  const content = await packRulesetContent({ text: `table inet ${table}`, chains: [], rules: [], sets: [] });
  const bytes = packRulesetMessage(change, content);
  const headers = { [header.contentEncoding]: 'gzip' };
  await publishInParts(bus, { subject: subjects.rulesets('web1'), bytes, headers }, 30_000);
}

async function start() {
  const [nats, log] = [await NatsServer.start(), recordingLog()];
  const bus = await connectBus({ url: nats.url, name: 'test', log, retryMs: 50 });
  await ensureStreams(bus, log);
  const told: string[] = [];
  const reader = new RulesetReader({
    ...{ bus, log, occurrences: new Occurrences(log, new Counters()) },
    changed: ({ table, version }) => told.push(`${table} ${version}`),
  });
  onTestFinished(async () => {
    await reader.close();
    await bus.close();
    await nats.destroy();
  });
  const begin = async (stored: readonly TableVersion[] = []): Promise<void> => {
    await reader.begin(() => Promise.resolve(stored));
    reader.start();
  };
  return { bus, told, begin };
}
const versions = ['aaaaaaaa', 'bbbbbbbb', 'cccccccc'] as const;
const [a, b, c] = versions;

it('tells the first change of an agent that had told its tables before, which are not stored yet', async () => {
  const { bus, told, begin } = await start();
  await tell(bus, 0, 'fw', a);
  await tell(bus, 0, 'nat', a);
  await begin();
  await tell(bus, 60, 'fw', b);
  await vi.waitFor(() => expect(told).toEqual([`fw ${b}`]), { timeout: 30_000 });
});

it('tells nothing of before it began, nor of tables that an agent tells at its start meanwhile', async () => {
  const { bus, told, begin } = await start();
  await tell(bus, 0, 'fw', a);
  await tell(bus, 60, 'fw', b);
  await tell(bus, 100, 'last', a);
  const known = { agent: 'web1', netns: '', family: 'inet', table: 'old', version: a };
  await begin([{ ...known, at_us: start_us + 99e6 }]);
  await tell(bus, 100, 'next', a);
  await tell(bus, 200, 'fw', c);
  await vi.waitFor(() => expect(told).toEqual([`fw ${c}`]), { timeout: 30_000 });
});
