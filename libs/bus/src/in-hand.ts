import { type Bus } from './bus.js';
import { type PullMessage } from './pull-message.js';

/** The part of a delivered message that is needed until it is settled. */
export type Held = Pick<PullMessage, 'working' | 'data'>;

/** A message that is delivered and not settled. */
export class Claim {
  #late = false;

  /** @param sure_ms when the server certainly still waited for its acknowledgement: the wait began then or later */
  constructor(
    readonly message: Held,
    private sure_ms: number,
    private readonly ackWaitMs: number,
  ) {}

  /**
   * Whether the server may have given up on us and have delivered the message to another replica: this process was
   * stopped, or the network was cut, for as long as the acknowledgement's wait. Once it is late it stays late.
   */
  get late(): boolean {
    this.#late ||= performance.now() - this.sure_ms > 0.9 * this.ackWaitMs;
    return this.#late;
  }

  /** The server has begun the wait anew at `at_ms` or later. */
  renewed(at_ms: number): void {
    // What was late before the server heard of us may be with another one since.
    if (!this.late) this.sure_ms = at_ms;
  }
}

/** All messages that are delivered and not settled; tells the server that they are being worked on. */
export class InHand {
  readonly #claims = new Set<Claim>();
  #bytes = 0;
  #timer: NodeJS.Timeout | undefined;
  #waiting: (() => void) | undefined;

  /** @param bus over which the messages came; unless it is connected nothing is told */
  constructor(private readonly bus: Pick<Bus, 'connected' | 'connection'>) {}

  get count(): number {
    return this.#claims.size;
  }

  /** Of the messages as they came, packed. */
  get bytes(): number {
    return this.#bytes;
  }

  /** Tells the server in time for a wait of `ackWaitMs`. @returns what ends that */
  keepAlive(ackWaitMs: number): void {
    clearInterval(this.#timer);
    this.#timer = setInterval(() => void this.#tell(), ackWaitMs / 3).unref();
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  /** @param asked_ms by performance.now(): when the pull began that brought it */
  add(message: Held, asked_ms: number, ackWaitMs: number): Claim {
    const claim = new Claim(message, asked_ms, ackWaitMs);
    this.#claims.add(claim);
    this.#bytes += message.data.length;
    return claim;
  }

  remove(claim: Claim): void {
    if (!this.#claims.delete(claim)) return;
    this.#bytes -= claim.message.data.length;
    this.#waiting?.();
  }

  /** Resolves when at most so many messages and bytes are in hand, or when `stop` is aborted. */
  async below(count: number, bytes: number, stop: AbortSignal): Promise<void> {
    const wake = (): void => this.#waiting?.();
    // Once a wait, not once a message: the signal lives as long as the hub.
    stop.addEventListener('abort', wake);
    while (!stop.aborted && (this.count > count || this.bytes > bytes)) {
      await new Promise<void>((resolve) => (this.#waiting = resolve));
    }
    this.#waiting = undefined;
    stop.removeEventListener('abort', wake);
  }

  async #tell(): Promise<void> {
    if (this.#claims.size === 0 || !this.bus.connected) return;
    const at_ms = performance.now();
    const told = [...this.#claims];
    for (const claim of told) claim.message.working();
    try {
      // The server reads in order: when it answers this it has read those.
      await this.bus.connection.flush();
      for (const claim of told) claim.renewed(at_ms);
    } catch {
      // Not told: then they are late when their time is over.
    }
  }
}
