import { heartbeatLimits, type LossRecord } from '#bus';

/** Events that were lost, as they are noticed. */
export type Loss = Omit<LossRecord, 'seq' | 'first_seq'>;

/** Losses that are no farther apart are one. */
const TOUCHING_US = 1e6;

/**
 * The losses of this run, in bounded memory. Those of one netns and cause that touch are joined; when there are too many
 * the two oldest of one cause become one, which stands for both: nothing is forgotten, sums stay exact.
 */
export class LossLog {
  #records: LossRecord[] = [];
  #seq = 0;

  constructor(private readonly capacity: number = heartbeatLimits.losses) {}

  /** The newest, oldest first. */
  get records(): readonly LossRecord[] {
    return this.#records;
  }

  add(loss: Loss): void {
    if (loss.events <= 0) return;
    const at = this.#records.findLastIndex((r) => r.netns === loss.netns && r.cause === loss.cause);
    const last = this.#records[at];
    if (last && touch(last, loss)) {
      this.#records[at] = { ...last, ...joined(last, loss) };
      return;
    }
    this.#records.push({ seq: ++this.#seq, ...loss });
    if (this.#records.length > this.capacity) this.#mergeOldest();
  }

  #mergeOldest(): void {
    const records = this.#records;
    // There are fewer causes than records, so some cause has two.
    const older = records.findIndex((r, at) => records.some((o, later) => later > at && o.cause === r.cause));
    const newer = records.findIndex((r, at) => at > older && r.cause === records[older]?.cause);
    const [a, b] = [records[older], records[newer]];
    if (!a || !b) return;
    const netns = a.netns === b.netns ? a.netns : '*';
    const first_seq = a.first_seq ?? a.seq;
    records[newer] = { ...b, netns, first_seq, ...joined(a, b) };
    records.splice(older, 1);
  }
}

function touch(a: Loss, b: Loss): boolean {
  return b.from_us - a.until_us <= TOUCHING_US && a.from_us - b.until_us <= TOUCHING_US;
}

function joined(a: Loss, b: Loss): Pick<Loss, 'events' | 'from_us' | 'until_us'> {
  return {
    events: a.events + b.events,
    from_us: Math.min(a.from_us, b.from_us),
    until_us: Math.max(a.until_us, b.until_us),
  };
}
