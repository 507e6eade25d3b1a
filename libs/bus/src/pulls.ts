import { Pull, type PullEnd, type PullParts, type PullRequest } from './pull.js';

/**
 * Pulls from a durable consumer, one after the other. What the server has sent to a pull that is over, or that was given up
 * while this process or the server stood still, is taken all the same: see docs/adr/0035.
 */
export class Pulls {
  readonly #open = new Set<Pull>();
  #present: Pull | undefined;

  constructor(private readonly parts: PullParts) {}

  /** How many inboxes are listened to. */
  get inboxes(): number {
    return this.#open.size;
  }

  /**
   * How many messages may still come of pulls that were given up because the server said nothing. Those that were
   * interrupted are not counted: after a reconnect it is one, which a lone server has forgotten.
   */
  get owed(): number {
    return [...this.#open].reduce((sum, pull) => sum + pull.owed, 0);
  }

  /** @returns when no more come, as far as is known @throws what the connection says, as when it is closed */
  pull(request: PullRequest): Promise<PullEnd> {
    const pull = new Pull(this.parts, request, () => this.#open.delete(pull));
    this.#open.add(pull);
    this.#present = pull;
    return pull.ended;
  }

  /** Ends the present pull. */
  interrupt(): void {
    this.#present?.interrupt();
  }

  /** Ends all. @returns when what the server has sent is taken, and it knows to send no more */
  async close(): Promise<void> {
    await Promise.all([...this.#open].map((pull) => pull.drain()));
  }
}
