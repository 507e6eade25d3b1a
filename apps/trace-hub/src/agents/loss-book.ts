import { heartbeatLimits, type LossRecord } from '#bus';

interface Entry {
  readonly seq: number;
  readonly cause: string;
  /** Events of this loss, and of those it stands for. */
  readonly total: number;
  /** How many of them were told under this number. */
  readonly told: number;
}

/** What is new in a heartbeat: the loss as the agent tells it, and as followers are told. */
export interface NewLoss {
  readonly loss: LossRecord;
  /** All events told under its number so far, these among them. */
  readonly told: number;
  /** How many of them are new. */
  readonly growth: number;
}

/** More than one heartbeat can hold, so that none of an honest agent's is forgotten. */
const maxEntries = 2 * heartbeatLimits.losses;

/**
 * What is known of the losses of one run. A loss comes with every heartbeat, may have grown since the last, and may
 * stand for others that were told before: the sum of all growth is the number of events lost.
 */
export class LossBook {
  #entries: Entry[] = [];

  /** @returns what was not known before */
  take(losses: readonly LossRecord[]): NewLoss[] {
    return losses.flatMap((loss) => this.#takeOne(loss) ?? []);
  }

  #takeOne(loss: LossRecord): NewLoss | undefined {
    const { seq, first_seq = seq, cause } = loss;
    const covered = this.#entries.filter((e) => e.cause === cause && e.seq >= first_seq && e.seq <= seq);
    const known = covered.reduce((sum, e) => sum + e.total, 0);
    const growth = Math.max(0, loss.events - known);
    const told = (covered.find((e) => e.seq === seq)?.told ?? 0) + growth;
    if (growth === 0 && covered.length === 1) return undefined;
    const entry = { seq, cause, total: known + growth, told };
    this.#entries = [...this.#entries.filter((e) => !covered.includes(e)), entry].slice(-maxEntries);
    return growth > 0 ? { loss, told, growth } : undefined;
  }
}
