import { type Clock } from '../format/clock.js';
import { printable } from '../format/printable.js';
import { parseFromHub } from '../from-hub.js';

/** What happened, in words; another cause is shown as it is. */
const words: Readonly<Record<string, string>> = {
  overrun: 'receive buffer overrun',
  backlog: 'agent too slow',
  malformed: 'malformed message',
  queue_full: 'NATS away, queue full',
  spool_full: 'NATS or the hub away, spool full',
  spool_damaged: 'spool damaged',
  rejected: 'refused by the hub',
  too_large: 'batch larger than NATS takes',
  shutdown: 'agent stopped before NATS took all',
};

interface Loss {
  readonly ts: string;
  readonly until: string;
  readonly agent_id: string;
  readonly netns: string;
  readonly run: string;
  readonly seq: number;
  readonly cause: string;
  readonly events: number;
}

/** @throws CliError `protocol` where `json` is no loss */
function parseLoss(json: string): Loss {
  const { seq, events, ...found } = parseFromHub<Loss>(json, {
    op: 'loss',
    name: 'a loss',
    needs: 'its number of events',
    has: (loss) => typeof loss.events === 'number' && typeof loss.seq === 'number',
  });
  const text = (value: unknown): string => (typeof value === 'string' ? value : '');
  const { ts, until, agent_id, netns, run, cause } = found;
  return {
    ts: text(ts),
    until: text(until),
    agent_id: text(agent_id),
    netns: text(netns),
    run: text(run),
    cause: text(cause),
    seq,
    events,
  };
}

/** @returns when a loss ended (RFC 3339), to find its place among the rows */
export const endOfLoss = (json: string): string => parseLoss(json).until;

/**
 * Losses as lines: `EVENTS LOST: 1234 on web1 between 14:03:11 and 14:03:12 (receive buffer overrun)`. A loss that comes
 * again, as after a lost connection, is told once; of one that has grown the growth is told: the lines' sum is exact.
 */
export class LossLines {
  /** How many events the lines so far tell of. */
  events = 0;
  readonly #told = new Map<string, { readonly events: number; readonly until: string }>();

  constructor(private readonly clock: Clock) {}

  /**
   * @param json a loss as the hub sends it @returns the line; undefined where all of it was told
   * @throws CliError `protocol`
   */
  line(json: string): string | undefined {
    const loss = parseLoss(json);
    const key = JSON.stringify([loss.agent_id, loss.run, loss.seq]);
    const before = this.#told.get(key);
    const events = loss.events - (before?.events ?? 0);
    if (events <= 0) return undefined;
    this.events += events;
    this.#told.set(key, { events: loss.events, until: loss.until });
    const from = before && before.until < loss.until ? before.until : loss.ts;
    const netns = loss.netns === '' ? '' : ` netns ${loss.netns}`;
    const why = Object.hasOwn(words, loss.cause) ? words[loss.cause] : loss.cause;
    const when = this.clock.span(from, loss.until);
    return printable(`EVENTS LOST: ${events} on ${loss.agent_id}${netns} ${when} (${why})`);
  }
}
