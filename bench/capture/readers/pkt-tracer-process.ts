// pkt-tracer-process.js NAMESPACE: pkt-tracer's capture with its defaults, and a sink that counts and forgets.
import { setTimeout as sleep } from 'node:timers/promises';
import { AgentConfig } from '../../../apps/pkt-tracer/src/agent.config.js';
import { CaptureSet } from '../../../apps/pkt-tracer/src/capture/capture-set.js';
import { planMemory } from '../../../apps/pkt-tracer/src/capture/memory-plan.js';
import { type Counted } from './reader.js';

/** A packet is closed 20 ms after its last event, a batch leaves when it is 100 ms old, counts come once a second. */
const SETTLED_MS = 200;
const COUNTS_WITHIN_MS = 3000;

const silent = { debug: () => undefined, log: () => undefined, warn: () => undefined, error: console.error };
const delivered = { rows: 0, bytes: 0 };

function buildCapture(netns: string): CaptureSet {
  const config = new AgentConfig();
  const { receiveBufferBytes, maxBatchRows, linger_ms, maxPacketsPerSecond } = config;
  const plan = planMemory(config.maxMemoryBytes, config.queueBytes);
  const options = {
    agentId: 'bench',
    wanted: [netns],
    run: 1,
    only: [],
    receiveBufferBytes,
    maxBatchRows,
    linger_ms,
    maxPacketsPerSecond,
    maxInFlightBytes: plan.inFlightBytes,
    maxNamespaces: plan.namespaces,
  };
  const take = ({ rows, bytes }: { rows: number; bytes: Uint8Array }): Promise<void> => {
    delivered.rows += rows;
    delivered.bytes += bytes.length;
    return Promise.resolve();
  };
  return new CaptureSet(options, { take, lost: () => undefined }, silent);
}

/** Waits until every event is a row or part of one, which is when the counts are as new as the rows. */
async function count(capture: CaptureSet): Promise<Counted> {
  await sleep(SETTLED_MS);
  const until = Date.now() + COUNTS_WITHIN_MS;
  const discarded = (): number => capture.counts.events - capture.counts.merged - delivered.rows;
  while (discarded() !== 0 && Date.now() < until) await sleep(20);
  const { events, malformed } = capture.counts;
  return { events: events + malformed, ...delivered, discarded: discarded() + malformed };
}

const capture = buildCapture(process.argv[2] ?? '');
process.on('SIGUSR2', () => void count(capture).then((counted) => console.log(JSON.stringify(counted))));
process.on('SIGTERM', () => void capture.stop().then(() => process.exit(0)));
await capture.start();
console.log('ready');
await capture.ended;
