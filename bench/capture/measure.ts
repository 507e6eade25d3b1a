import { bisect } from './bisect.js';
import { cpuOf, type CpuTime, perEvent, type ProcessCpu } from './cpu.js';
import { type Probe, type Subject, UNPACED } from './probe.js';

export interface Effort {
  /** Length of a probe */
  readonly probe_s: number;
  /** Length of the run that CPU time is taken from */
  readonly cpu_s: number;
  /** How often a rate is tried before it counts as not held */
  readonly tries: number;
  /** See Range.resolution */
  readonly resolution: number;
}

/** The range of the search */
const LOWEST_RATE = 5_000;
const HIGHEST_RATE = 600_000;
const WARM_UP_RATE = 50_000;
/** How far below its best the sender may be, and how many times as often it is tried then */
const UNDISTURBED = 0.9;
const DISTURBED_TRIES = 3;

export interface Highest {
  /** Events a second; 0 = it loses at the lowest rate too */
  readonly rate: number;
  /** Whether it lost nothing of all that the sender can make: its own limit is beyond */
  readonly senderLimited: boolean;
  /** Events a second that the sender made at its fastest; 0 = not seen, for the reader ended */
  readonly senderRate: number;
}

/**
 * Looks for the highest rate without loss.
 * @param senderRate the most that a reader has taken of the sender in this run: where it makes much less now, it was
 * disturbed (for a reader that loses it makes more: what is thrown away costs the kernel less)
 */
export async function findHighest(
  subject: Subject,
  { probe_s, tries, resolution }: Effort,
  senderRate: number,
  onProbe: (probe: Probe) => void,
): Promise<Highest> {
  await subject.probe(WARM_UP_RATE, probe_s);
  const attempt = async (rate: number, most = tries): Promise<Probe> => {
    const probe = await subject.probeUpTo(most, rate, probe_s);
    onProbe(probe);
    return probe;
  };
  const fastest = [];
  for (let tried = 0; tried < tries * DISTURBED_TRIES; tried++) {
    fastest.push(await attempt(UNPACED, 1));
    if (tried + 1 >= tries && best(fastest) >= UNDISTURBED * senderRate) break;
  }
  const made = best(fastest.filter(({ received }) => received));
  const held = best(fastest.filter((probe) => probe.held));
  const high = best(fastest.filter((probe) => !probe.held));
  if (held >= UNDISTURBED * high) return { rate: held, senderLimited: true, senderRate: made };
  const range = { low: Math.max(held, LOWEST_RATE), high: Math.min(high, HIGHEST_RATE), resolution };
  const found = await bisect(range, attempt);
  return { rate: Math.max(held, found?.rate ?? 0), senderLimited: false, senderRate: made };
}

function best(probes: readonly Probe[]): number {
  return Math.max(0, ...probes.map(({ rate }) => rate));
}

/** CPU time in microseconds per trace event, and what an event becomes. */
export interface Cost {
  /** Events a second at which this was measured */
  readonly rate: number;
  readonly lost: number;
  readonly process: CpuTime;
  /** Of it, pkt-tracer's capture thread */
  readonly capture?: CpuTime;
  readonly bytesPerRow: number;
  readonly rowsPerEvent: number;
}

/** Runs a reader at a rate and takes its CPU time. @returns undefined when it ended or got nothing */
export async function findCost(
  subject: Subject,
  rate: number,
  { probe_s, cpu_s }: Effort,
): Promise<Cost | undefined> {
  await subject.probe(rate, probe_s);
  const edges: ProcessCpu[] = [];
  const probe = await subject.probe(rate, cpu_s, ({ pid }) => edges.push(cpuOf(pid)));
  const [before, after] = edges;
  const { received } = probe;
  if (!received?.rows || !before || !after) return undefined;
  const { events, rows, bytes } = received;
  return {
    rate: probe.rate,
    lost: probe.lost,
    process: perEvent(before.process, after.process, events),
    ...(before.capture && after.capture && { capture: perEvent(before.capture, after.capture, events) }),
    bytesPerRow: bytes / rows,
    rowsPerEvent: rows / events,
  };
}
