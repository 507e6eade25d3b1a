import { setTimeout as sleep } from 'node:timers/promises';
import { type Attempt } from './bisect.js';
import { EVENTS_PER_PACKET, eventsMade } from './firewall.js';
import { BenchError } from './lab.js';
import { type Sender } from './programs.js';
import { type Counted, type Reader, type ReaderContext, type ReaderKind } from './readers/reader.js';
import { traceSocket } from './trace-socket.js';

/** What a reader did with the events of one run of the sender. */
export interface Probe extends Attempt {
  /** Whether no event was lost and the reader kept up */
  readonly held: boolean;
  /** Whether the buffer was not empty yet GRACE_MS after the last packet */
  readonly late: boolean;
  /** Events a second that the kernel made, or would have made for a reader that had not ended */
  readonly rate: number;
  readonly made: number;
  /** Thrown away by the kernel, or by the reader */
  readonly lost: number;
  /**
   * What it made of it, within this probe; absent when it ended. `events` are those that the kernel made and did not
   * throw away, be they left out by the socket's filter: for the reader they are done with too.
   */
  readonly received?: Counted & { readonly events: number };
}

/** A reader that could only put off its work would need longer; a large buffer hides seconds of that. */
const GRACE_MS = 100;
const DRAIN_MS = 20_000;

/** As fast as the sender can */
export const UNPACED = Infinity;

/** A reader under test: started when needed, started again when it has ended. */
export class Subject {
  #reader: Reader | undefined;
  /** What it had counted when the last probe ended */
  #counted: Counted | undefined;

  constructor(
    private readonly kind: ReaderKind,
    private readonly context: ReaderContext,
    private readonly sender: Sender,
  ) {}

  /** @throws BenchError when it cannot run here */
  async reader(): Promise<Reader> {
    if (this.#reader?.running) return this.#reader;
    this.#counted = undefined;
    this.#reader = await this.kind.start(this.context);
    return this.#reader;
  }

  async stop(): Promise<void> {
    await this.#reader?.stop();
    this.#reader = undefined;
  }

  /**
   * Sends for `seconds` and sees what becomes of it.
   * @param rate events a second, or UNPACED
   * @param onEdge called right before the first packet and when all events have been read
   */
  async probe(rate: number, seconds: number, onEdge?: (reader: Reader) => void): Promise<Probe> {
    const reader = await this.reader();
    const { firewall } = this.context.namespaces;
    const before = { made: eventsMade(firewall), drops: this.#socket?.drops ?? 0 };
    const counted = this.#counted ?? (await reader.counted());
    onEdge?.(reader);
    const packetRate = rate === UNPACED ? 0 : rate / EVENTS_PER_PACKET;
    const sent = await this.sender.send(packetRate, seconds);
    await sleep(GRACE_MS);
    const late = (this.#socket?.queued ?? 0) > 0;
    await this.#drained();
    if (reader.running) onEdge?.(reader);
    this.#counted = await reader.counted();
    const own = difference(this.#counted, counted);
    const after = eventsMade(firewall);
    const made = after.events - before.made.events;
    const filtered = this.kind.filtersEnds ? after.ends - before.made.ends : 0;
    const result = { made, rate: made / sent.seconds };
    const drops = (this.#socket?.drops ?? 0) - before.drops;
    if (!own) return { ...result, held: false, late, lost: made };
    const lost = drops + own.discarded;
    const events = made - drops;
    if (own.events !== undefined && own.events + filtered !== events) {
      const parts = `${own.events} events received + ${filtered} filtered + ${drops} dropped`;
      const sum = `${parts} are not the ${made} that the kernel made`;
      throw new BenchError(`${this.kind.label}: ${sum}; something else sends packets or reads events here`);
    }
    return { ...result, held: lost === 0 && !late, late, lost, received: { ...own, events } };
  }

  /** The same again where it did not hold: another process may have had the processor. @returns the last */
  async probeUpTo(tries: number, rate: number, seconds: number): Promise<Probe> {
    let probe = await this.probe(rate, seconds);
    for (let tried = 1; tried < tries && !probe.held; tried++) probe = await this.probe(rate, seconds);
    return probe;
  }

  get #socket(): ReturnType<typeof traceSocket> {
    return traceSocket(this.context.insider);
  }

  /** Waits until the reader has read what is queued, or has ended. */
  async #drained(): Promise<void> {
    const until = Date.now() + DRAIN_MS;
    while ((this.#socket?.queued ?? 0) > 0 && Date.now() < until) await sleep(10);
  }
}

function difference(after: Counted | undefined, before: Counted | undefined): Counted | undefined {
  if (!after || !before) return undefined;
  return {
    events: after.events === undefined ? undefined : after.events - (before.events ?? 0),
    rows: after.rows - before.rows,
    bytes: after.bytes - before.bytes,
    discarded: after.discarded - before.discarded,
  };
}
