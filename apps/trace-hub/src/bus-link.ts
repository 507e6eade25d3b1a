import { type Bus } from '#bus';

/** The connection to NATS, which may be long in coming. */
export class BusLink {
  /** Settles when the first connection stands, or when it is known that none will. */
  readonly whenOpen: Promise<Bus>;
  readonly #giveUp = new AbortController();
  #begin: () => void = () => undefined;
  #bus: Bus | undefined;

  /** @param connect as `connectBus`; it is called by `open` */
  constructor(connect: (stop: AbortSignal) => Promise<Bus>) {
    const begun = new Promise<void>((resolve) => (this.#begin = resolve));
    this.whenOpen = begun.then(() => connect(this.#giveUp.signal));
    this.whenOpen.then(
      (bus) => (this.#bus = bus),
      // Whoever asked for it to be opened reports that it failed.
      () => undefined,
    );
  }

  get connected(): boolean {
    return this.#bus?.connected ?? false;
  }

  open(): void {
    this.#begin();
  }

  /** Ends the wait, or closes the connection. */
  async close(): Promise<void> {
    this.#giveUp.abort();
    await this.#bus?.close();
  }
}
