import { type Clock } from '#netlink';
import { type RecordedTime } from '#recording';

/** The time of the recording: it goes on as the replay does, whatever the wall clock says. */
export class ReplayClock implements Clock {
  #wall_us = 0;
  #monotonic_us = 0;
  #started = false;

  /** @param shift_us is added to all times of day */
  constructor(public shift_us = 0) {}

  now_us(): number {
    return this.#wall_us + this.shift_us;
  }

  monotonic_ms(): number {
    return this.#monotonic_us / 1000;
  }

  /** @returns how far away a recorded time is; 0 when it is now or was, or nothing was replayed yet */
  until_ms({ monotonic_us }: RecordedTime): number {
    return this.#started ? Math.max(0, (monotonic_us - this.#monotonic_us) / 1000) : 0;
  }

  /** @returns the time `ms` after the present one */
  later(ms: number): RecordedTime {
    return { wall_us: this.#wall_us + ms * 1000, monotonic_us: this.#monotonic_us + ms * 1000 };
  }

  /** Goes on to a recorded time; the monotonic clock never goes back. */
  set(at: RecordedTime): void {
    this.#started = true;
    this.#wall_us = at.wall_us;
    this.#monotonic_us = Math.max(this.#monotonic_us, at.monotonic_us);
  }

  /** Goes on between two recorded times. */
  advance(ms: number): void {
    this.#wall_us += Math.round(ms * 1000);
    this.#monotonic_us += ms * 1000;
  }
}
