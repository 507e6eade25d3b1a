import { type Log, writeLine } from '#app-kit';
import { type Loss } from './loss-log.js';

/** What happened, and what the operator can do about it. */
const words: Readonly<Record<string, string>> = {
  overrun: '(receive buffer overrun); raise capture.receive-buffer or tag fewer rules',
  backlog: '(agent too slow); compression does not keep up with capture, tag fewer rules',
  malformed: '(malformed message); the kernel sent trace events of a form that this version does not know',
  queue_full: '(NATS away, queue full); bring NATS back or raise publish.queue',
  spool_full: '(NATS or the hub away, spool full); bring them back or raise spool.max_bytes',
  spool_damaged: '(spool damaged); look at the disk of spool.dir',
  rejected: '(refused by trace-hub); its log and visor.v1.rejected say why',
  too_large: '(packet larger than NATS takes); raise max_payload of NATS',
  shutdown: '(stopped before NATS took all); raise graceful-shutdown',
};

interface Open {
  sum: Loss;
  readonly timer: NodeJS.Timeout;
}

const nothing = { events: 0, from_us: Infinity, until_us: 0 };

/**
 * Losses in the log: the first of a netns and cause at once, those within `intervalMs` of it summed in one line. Every
 * lost event is in exactly one line.
 */
export class LossReport {
  readonly #open = new Map<string, Open>();

  constructor(
    private readonly log: Log,
    private readonly intervalMs = 30_000,
  ) {}

  add(loss: Loss): void {
    const key = `${loss.cause}\n${loss.netns}`;
    const open = this.#open.get(key);
    if (open) {
      open.sum = {
        ...loss,
        events: open.sum.events + loss.events,
        from_us: Math.min(open.sum.from_us, loss.from_us),
        until_us: Math.max(open.sum.until_us, loss.until_us),
      };
      return;
    }
    this.#write(loss);
    const timer = setTimeout(() => this.#close(key), this.intervalMs).unref();
    this.#open.set(key, { sum: { ...loss, ...nothing }, timer });
  }

  /** Writes what is summed so far. */
  flush(): void {
    for (const key of [...this.#open.keys()]) this.#close(key);
  }

  #close(key: string): void {
    const open = this.#open.get(key);
    if (!open) return;
    clearTimeout(open.timer);
    this.#open.delete(key);
    if (open.sum.events > 0) this.#write(open.sum);
  }

  #write(loss: Loss): void {
    const { netns, cause, events } = loss;
    const fields = { event: 'events_lost', netns, cause, events };
    writeLine(this.log, { level: 'warn', message: lossLine(loss), fields });
  }
}

const second = (us: number): string => `${new Date(us / 1000).toISOString().slice(0, 19)}Z`;

/** @returns `EVENTS LOST: 12 between 2026-11-21T14:03:11Z and 2026-11-21T14:03:12Z (receive buffer overrun); …` */
export function lossLine({ netns, cause, events, from_us, until_us }: Loss): string {
  const [from, until] = [second(from_us), second(until_us)];
  const where = netns === '' ? '' : ` in netns ${netns}`;
  const when = from === until ? `at ${from}` : `between ${from} and ${until}`;
  return `EVENTS LOST: ${events}${where} ${when} ${words[cause] ?? `(${cause})`}`;
}
