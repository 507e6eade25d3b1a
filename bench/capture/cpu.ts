import { readdirSync, readFileSync, readlinkSync } from 'node:fs';

/** CPU time in seconds. */
export interface CpuTime {
  readonly user: number;
  readonly system: number;
}

export interface ProcessCpu {
  readonly process: CpuTime;
  /** The busiest thread in another network namespace than the process: pkt-tracer's capture thread, not its listing one */
  readonly capture?: CpuTime;
}

/** USER_HZ: what /proc counts in, whatever the kernel's own tick */
const TICKS_PER_SECOND = 100;

/** @param stat the text of /proc/PID/task/TID/stat; the name in it may hold spaces and parentheses */
export function parseStat(stat: string): CpuTime {
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return { user: Number(fields[11]) / TICKS_PER_SECOND, system: Number(fields[12]) / TICKS_PER_SECOND };
}

/** @returns what the threads of a process have used so far */
export function cpuOf(pid: number): ProcessCpu {
  const home = readlinkSync(`/proc/${pid}/ns/net`);
  let process: CpuTime = { user: 0, system: 0 };
  let capture: CpuTime | undefined;
  for (const tid of readdirSync(`/proc/${pid}/task`)) {
    const thread = parseStat(readFileSync(`/proc/${pid}/task/${tid}/stat`, 'latin1'));
    process = { user: process.user + thread.user, system: process.system + thread.system };
    const elsewhere = readlinkSync(`/proc/${pid}/task/${tid}/ns/net`) !== home;
    if (elsewhere && total(thread) >= total(capture)) capture = thread;
  }
  return capture ? { process, capture } : { process };
}

/** @returns seconds of CPU, user and system, that the threads of a process have used so far, by their names */
export function cpuByThread(pid: number): Map<string, number> {
  const names = new Map<string, number>();
  for (const tid of readdirSync(`/proc/${pid}/task`)) {
    const stat = readFileSync(`/proc/${pid}/task/${tid}/stat`, 'latin1');
    const name = stat.slice(stat.indexOf('(') + 1, stat.lastIndexOf(')'));
    names.set(name, (names.get(name) ?? 0) + total(parseStat(stat)));
  }
  return names;
}

const total = (time: CpuTime | undefined): number => (time ? time.user + time.system : 0);

/** @returns microseconds of `after - before` for each of `events` */
export function perEvent(before: CpuTime, after: CpuTime, events: number): CpuTime {
  const scale = 1e6 / events;
  return { user: (after.user - before.user) * scale, system: (after.system - before.system) * scale };
}
