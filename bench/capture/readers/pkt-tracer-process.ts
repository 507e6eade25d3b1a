// pkt-tracer-process.js NAMESPACE: pkt-tracer's capture with its defaults, and a sink that counts and forgets.
import { setTimeout as sleep } from 'node:timers/promises';
import { AgentConfig } from '../../../apps/pkt-tracer/src/agent.config.js';
import { Capture } from '../../../apps/pkt-tracer/src/capture/capture.js';
import { type Counted } from './reader.js';

/** A packet is closed 20 ms after its last event, and a batch leaves when it is 100 ms old. */
const SETTLED_MS = 200;

const silent = { debug: () => undefined, log: () => undefined, warn: () => undefined, error: console.error };
const delivered = { rows: 0, bytes: 0 };

function startCapture(netns: string): Capture {
  const { receiveBufferBytes, maxBatchRows, linger_ms } = new AgentConfig();
  const options = { agentId: 'bench', netns, receiveBufferBytes, maxBatchRows, linger_ms };
  const take = ({ rows, bytes }: { rows: number; bytes: Uint8Array }): Promise<void> => {
    delivered.rows += rows;
    delivered.bytes += bytes.length;
    return Promise.resolve();
  };
  return new Capture(options, take, silent);
}

/** The capture thread tells its counts once a second: waits for those that know of everything received until now. */
async function count(capture: Capture): Promise<Counted> {
  await sleep(SETTLED_MS);
  const before = capture.counts;
  while (capture.counts === before) await sleep(20);
  const { events = 0, malformed = 0, merged = 0 } = capture.counts ?? {};
  return {
    events: events + malformed,
    ...delivered,
    discarded: events - merged - delivered.rows + malformed,
  };
}

const capture = startCapture(process.argv[2] ?? '');
process.on('SIGUSR2', () => void count(capture).then((counted) => console.log(JSON.stringify(counted))));
process.on('SIGTERM', () => void capture.stop().then(() => process.exit(0)));
await capture.start();
console.log('ready');
await capture.ended;
