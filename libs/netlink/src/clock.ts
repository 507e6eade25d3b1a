import { type Libc } from './libc.js';

const CLOCK_REALTIME = 0;
const CLOCK_THREAD_CPUTIME_ID = 3;

/** The time of day and the time that only goes forward. Tests inject their own. */
export interface Clock {
  /** Microseconds since 1970 (follows steps of the machine's clock). */
  now_us(): number;
  /** Milliseconds of a clock that never steps. */
  monotonic_ms(): number;
}

export function systemClock(libc: Libc): Clock {
  const time = new BigInt64Array(2);
  return {
    now_us: () => {
      libc.clock_gettime(CLOCK_REALTIME, time);
      return Number(time[0]) * 1e6 + Math.floor(Number(time[1]) / 1000);
    },
    monotonic_ms: () => performance.now(),
  };
}

/** @returns how much CPU time the calling thread has used so far, µs */
export function threadCpu_us(libc: Libc): number {
  const time = new BigInt64Array(2);
  libc.clock_gettime(CLOCK_THREAD_CPUTIME_ID, time);
  return Number(time[0]) * 1e6 + Math.floor(Number(time[1]) / 1000);
}
