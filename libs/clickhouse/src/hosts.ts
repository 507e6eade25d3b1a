/** After so long a host that failed is tried again before those that come after it in the list. */
const restMs = 15_000;

/** Hosts of which the first that works is used. */
export class Hosts<T> {
  readonly #failedUntil = new Map<T, number>();

  constructor(
    readonly all: readonly [T, ...T[]],
    private readonly now_ms: () => number = () => performance.now(),
  ) {}

  /** @returns the first that has not failed of late; if all have, the one that failed longest ago */
  get current(): T {
    const now = this.now_ms();
    const until = (host: T): number => this.#failedUntil.get(host) ?? 0;
    const rested = this.all.find((host) => until(host) <= now);
    return rested ?? this.all.reduce((best, host) => (until(host) < until(best) ? host : best));
  }

  /** It could not be reached: others come first for a while. */
  failed(host: T): void {
    this.#failedUntil.set(host, this.now_ms() + restMs);
  }

  worked(host: T): void {
    this.#failedUntil.delete(host);
  }
}
