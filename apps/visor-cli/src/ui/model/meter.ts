import { type JsonRow } from '#columns';
import { type Counts, type Second } from './state.js';

/** So long a time is kept. */
export const KEPT_S = 600;

interface Sum {
  packets: number;
  drops: number;
  bytes: number;
  fates: Record<string, number>;
}

const none = (): Sum => ({ packets: 0, drops: 0, bytes: 0, fates: {} });

function add(sum: Sum, fate: string, packets: number, bytes: number): void {
  sum.packets += packets;
  sum.bytes += bytes;
  if (fate === 'dropped' || fate === 'rejected') sum.drops += packets;
  sum.fates[fate] = (sum.fates[fate] ?? 0) + packets;
}

/** Counts packets, in all and by the second in which an agent saw them. A sample counts for all that it stands for. */
export class Meter {
  #all = none();
  readonly #seconds = new Map<number, Sum>();
  #from_s: number;

  /** @param nowMs ms since 1970 */
  constructor(nowMs: number) {
    this.#from_s = Math.floor(nowMs / 1000);
  }

  take(row: Partial<JsonRow>, nowMs: number): void {
    const packets = Math.max(1, Number(row.sampling ?? 1) || 1);
    const bytes = (Number(row.len ?? 0) || 0) * packets;
    const fate = String(row.fate ?? 'unknown');
    add(this.#all, fate, packets, bytes);
    const now_s = Math.floor(nowMs / 1000);
    // An agent's clock may go before ours.
    const at_s = Math.min(Math.floor(Date.parse(String(row.ts)) / 1000), now_s);
    if (!(at_s > now_s - KEPT_S)) return;
    const second = this.#seconds.get(at_s) ?? none();
    add(second, fate, packets, bytes);
    this.#seconds.set(at_s, second);
  }

  get counts(): Counts {
    return { ...this.#all, fates: { ...this.#all.fates } };
  }

  /** @returns the seconds since it was made or the first packet, the last 600, the newest last; the one that runs is left out */
  seconds(nowMs: number): Second[] {
    const end_s = Math.floor(nowMs / 1000);
    for (const at_s of this.#seconds.keys()) {
      if (at_s < end_s - KEPT_S) this.#seconds.delete(at_s);
      else this.#from_s = Math.min(this.#from_s, at_s);
    }
    const seconds: Second[] = [];
    for (let at_s = Math.max(this.#from_s, end_s - KEPT_S); at_s < end_s; at_s++) {
      seconds.push({ at_s, ...(this.#seconds.get(at_s) ?? none()) });
    }
    return seconds;
  }
}
