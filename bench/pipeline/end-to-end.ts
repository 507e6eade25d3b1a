import { setTimeout as sleep } from 'node:timers/promises';
import { buildFirewall, EVENTS_PER_PACKET, eventsMade } from '../capture/firewall.js';
import { type Lab } from '../capture/lab.js';
import { Sender, startSink } from '../capture/programs.js';
import { diskOf } from './disk.js';
import { type Options } from './options.js';
import { type Part, Stack } from './stack.js';

/** What is looked at while it runs: memory in MiB, batches of the stream that are not in ClickHouse. */
export interface Sample {
  readonly agent_mib: number;
  readonly hub_mib: number;
  readonly nats_mib: number;
  readonly backlog: number;
}

/** Costs in microseconds of CPU a row. */
export interface EndToEndResult {
  readonly seconds: number;
  /** Trace events a second that the kernel made. */
  readonly rate: number;
  readonly rows: number;
  /** Rows that the kernel's events should have become, and are not in ClickHouse. */
  readonly missing: number;
  readonly bytesPerRow: number;
  /** `publish`: the agent's without its capture thread. */
  readonly cpu: {
    readonly agent: number;
    readonly publish: number;
    readonly nats: number;
    readonly hub: number;
  };
  readonly start: Sample;
  readonly middle: Sample;
  readonly end: Sample;
  /** How long after the last packet the last batch was in ClickHouse. */
  readonly settled_s: number;
}

const SETTLE_MS = 120_000;

/** Real packets through a real firewall: kernel, agent, NATS, hub, embedded ClickHouse, for a while. */
export async function measureEndToEnd(lab: Lab, { seconds, rate }: Options): Promise<EndToEndResult> {
  const namespaces = buildFirewall(lab);
  await startSink(lab, namespaces);
  const sender = new Sender(lab, namespaces);
  const stack = await Stack.start(lab, 'end-to-end');
  const { part: hub } = await stack.hub();
  const agent = await stack.agent(namespaces.firewall);
  await sleep(1000);
  const sample = async (): Promise<Sample> => ({
    agent_mib: agent.memory_mib,
    hub_mib: hub.memory_mib,
    nats_mib: stack.nats.memory_mib,
    backlog: (await stack.stream()).unsettled,
  });
  const times = (): number[] => [agent.cpu_s, agent.cpuButCapture_s, stack.nats.cpu_s, hub.cpu_s];
  const packets = rate / EVENTS_PER_PACKET;
  // A fresh process compiles for seconds, and its memory grows with that.
  const warm = eventsMade(namespaces.firewall);
  await sender.send(packets, Math.min(10, seconds));
  const [before, begun] = [times(), eventsMade(namespaces.firewall)];
  const start = await sample();
  const sending = sender.send(packets, seconds);
  await sleep((seconds * 1000) / 2);
  const middle = await sample();
  const sent = await sending;
  const end = await sample();
  const stopped = performance.now();
  await settled(stack, agent);
  const settled_s = (performance.now() - stopped) / 1000;
  const [after, made] = [times(), eventsMade(namespaces.firewall)];
  const { bytes } = await stack.stream();
  await agent.stop();
  await settled(stack, hub);
  await hub.stop();
  await stack.close();
  const { rows: stored } = diskOf(stack.data);
  const expected = made.events - warm.events - (made.ends - warm.ends);
  const rows = made.events - begun.events - (made.ends - begun.ends);
  const cost = (at: number): number => (((after[at] ?? 0) - (before[at] ?? 0)) * 1e6) / rows;
  return {
    seconds: sent.seconds,
    rate: (made.events - begun.events) / sent.seconds,
    rows,
    missing: expected - stored,
    bytesPerRow: bytes / stored,
    cpu: { agent: cost(0), publish: cost(1), nats: cost(2), hub: cost(3) },
    start,
    middle,
    end,
    settled_s,
  };
}

/** Waits until all that was published is in ClickHouse, and nothing more comes. */
async function settled(stack: Stack, { name }: Part): Promise<void> {
  const deadline = Date.now() + SETTLE_MS;
  for (let quiet = 0, known = -1; quiet < 3;) {
    const { unsettled, messages } = await stack.stream();
    quiet = unsettled === 0 && messages === known ? quiet + 1 : 0;
    known = messages;
    if (Date.now() > deadline) return console.error(`  ${name}: the backlog did not go within 120 s`);
    await sleep(250);
  }
}
