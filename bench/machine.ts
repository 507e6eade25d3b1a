import { availableParallelism, cpus, loadavg } from 'node:os';
import { tell } from './run.js';

/** What a benchmark runs on. */
export interface Machine {
  /** Load average before the run. */
  readonly load: number;
  readonly processors: number;
  readonly model: string;
  readonly node: string;
}

/** Load average beyond which somebody else needs a processor. */
const QUIET_LOAD = 0.7;

/** Ask before the work begins, which makes a load of its own. */
export function machineNow(): Machine {
  return {
    load: Number((loadavg()[0] ?? 0).toFixed(2)),
    processors: availableParallelism(),
    model: cpus()[0]?.model.trim() ?? 'unknown',
    node: process.versions.node,
  };
}

/** @param effect what becomes of the figures where others are at work: `rates will come out too low` */
export function tellIfBusy({ load }: Machine, effect: string): void {
  if (load > QUIET_LOAD) tell(`the machine is busy (load ${load.toFixed(1)}): ${effect}`);
}

/** @returns one line for people */
export function machineText({ processors, model, node, load }: Machine): string {
  return `${processors} processors, ${model}, Node ${node}, load ${load}`;
}
