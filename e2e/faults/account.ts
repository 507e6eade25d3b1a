/** Packets `from` … `to - 1`, all sent between two moments (ms of the machine's monotonic clock). */
export interface Tick {
  readonly from: number;
  readonly to: number;
  readonly began_ms: number;
  readonly ended_ms: number;
}

/** One life of the agent. */
export interface AgentRun {
  /** It traced for certain since then: the first time it said so. Infinity: it never did. */
  readonly capturing_ms: number;
  /** When it was told to end. Infinity: it never was. */
  readonly ended_ms: number;
  /** Without a chance to bring anything to an end. */
  readonly killed: boolean;
  /** The last that is known of what it counted as lost, by cause. */
  readonly lost: Readonly<Record<string, number>>;
}

export interface Evidence {
  readonly ticks: readonly Tick[];
  /** Of each packet, how many rows tell its fate. */
  readonly stored: Uint8Array;
  readonly runs: readonly AgentRun[];
  /** How old what an agent has nowhere but in memory may be: between an event and its place in the spool. */
  readonly memory_ms: number;
  /** How much later than a younger packet's an older one's row may be written: a packet that is accepted is watched on. */
  readonly reorder_ms: number;
}

/** Packets in a row that are neither stored nor explained, or stored more than once. */
export interface Range {
  readonly from: number;
  readonly to: number;
  /** When the first was sent. */
  readonly sent_ms: number;
}

/** Where every packet sent went. `sent = once + twice + lost + unexplained`. */
export interface Account {
  readonly sent: number;
  readonly once: number;
  /** Stored more than once. */
  readonly twice: number;
  /** Not stored, by cause: those that the agent counted, `no agent`, `agent killed`. */
  readonly lost: Readonly<Record<string, number>>;
  readonly unexplained: number;
  /** Counted as lost by an agent, and stored. */
  readonly countedButStored: number;
  /** The packets whose loss only the agent's counts can explain; where there are no counts these are unexplained. */
  readonly holes: readonly Range[];
  readonly doubles: readonly Range[];
}

/**
 * Holds what was sent against what is stored. A packet that is missing has one of these causes:
 * - `no agent`: it was sent while none traced: after the end of one and before the next one said that it captures;
 * - `agent killed`: it was sent at most `memory_ms` before a kill -9, and no packet of that agent was stored
 *   that is younger by `reorder_ms`;
 * - else one of the losses that the agents counted, as many as they counted and no more.
 */
export function accountFor(evidence: Evidence): Account {
  const { ticks, stored, runs } = evidence;
  const holes = new Ranges();
  const doubles = new Ranges();
  const lost: Record<string, number> = {};
  let [sent, once, twice, open] = [0, 0, 0, 0];
  const newest = newestStored(ticks, stored, runs);
  for (const tick of ticks) {
    for (let packet = tick.from; packet < tick.to; packet++) {
      sent++;
      const count = stored[packet] ?? 0;
      if (count === 1) once++;
      else if (count > 1) {
        twice++;
        doubles.add(packet, tick.began_ms);
      } else {
        const cause = causeOf(tick, evidence, newest);
        if (cause !== undefined) lost[cause] = (lost[cause] ?? 0) + 1;
        else {
          open++;
          holes.add(packet, tick.began_ms);
        }
      }
    }
  }
  const { explained, left, unused } = settle(open, runs);
  return {
    ...{ sent, once, twice, lost: { ...lost, ...explained }, unexplained: left },
    ...{ countedButStored: unused, holes: holes.list, doubles: doubles.list },
  };
}

/** @returns of each run when the newest of the packets stored was sent, of those sent before the run's end */
function newestStored(ticks: readonly Tick[], stored: Uint8Array, runs: readonly AgentRun[]): number[] {
  return runs.map(({ ended_ms }) => {
    let newest_ms = -Infinity;
    for (const { from, to, began_ms } of ticks) {
      if (began_ms > ended_ms) break;
      for (let packet = from; packet < to; packet++) if ((stored[packet] ?? 0) > 0) newest_ms = began_ms;
    }
    return newest_ms;
  });
}

function causeOf(
  { began_ms, ended_ms }: Tick,
  { runs, memory_ms, reorder_ms }: Evidence,
  newest: readonly number[],
): string | undefined {
  const traced = runs.some((run) => began_ms > run.capturing_ms && ended_ms < run.ended_ms);
  if (!traced) return 'no agent';
  const dead = runs.some(
    (run, i) =>
      run.killed &&
      began_ms > (newest[i] ?? -Infinity) - reorder_ms &&
      began_ms < run.ended_ms &&
      ended_ms >= run.ended_ms - memory_ms,
  );
  return dead ? 'agent killed' : undefined;
}

/** Explains what is left by what the agents counted. */
function settle(open: number, runs: readonly AgentRun[]) {
  const explained: Record<string, number> = {};
  let left = open;
  let counted = 0;
  for (const { lost } of runs) {
    for (const [cause, count] of Object.entries(lost)) {
      const taken = Math.min(count, left);
      counted += count;
      left -= taken;
      if (taken > 0) explained[cause] = (explained[cause] ?? 0) + taken;
    }
  }
  return { explained, left, unused: counted - (open - left) };
}

class Ranges {
  readonly list: Range[] = [];

  add(packet: number, sent_ms: number): void {
    const last = this.list.at(-1);
    if (last?.to === packet) this.list[this.list.length - 1] = { ...last, to: packet + 1 };
    else this.list.push({ from: packet, to: packet + 1, sent_ms });
  }
}

/** @returns whether the sum comes out: nothing stored twice and nothing missing without a cause */
export const isClean = ({ twice, unexplained }: Account): boolean => twice === 0 && unexplained === 0;
