import { header, LiveFeed, type Anchor, type FeedGap, type FeedListener, type LiveMessage } from '#bus';
import { type HubParts } from '../parts.js';
import { type Decoded } from './batch-cache.js';
import { type Follower } from './follower.js';

/** Rows that may be on their way from the stream to those who follow. */
const maxRowsUnderWay = 200_000;

export interface RunTasks {
  message(message: LiveMessage): Promise<Decoded>;
  hand(anchor: Anchor, batch: Decoded): Promise<void>;
  /** What was not handed out to all, and why. */
  failed(anchor: Anchor, error: unknown): void;
  each(event: string, tell: (follower: Follower) => void): void;
  /** What is known of the stream's numbers may not hold any more. */
  renewed(): void;
}

/** The feed from the first follower to the last: all that it tells is handed on in its order. */
export class LiveRun implements FeedListener {
  readonly ready: Promise<void>;
  readonly #feed: LiveFeed;
  #place: Anchor | undefined;
  #tail: Promise<void> = Promise.resolve();
  #rowsUnderWay = 0;
  #closed = false;

  constructor(
    parts: HubParts,
    learn: (place: Anchor) => Promise<void>,
    private readonly tasks: RunTasks,
  ) {
    this.#feed = new LiveFeed(parts.bus.whenOpen, parts.log, this);
    this.ready = this.#feed.ready.then((place) => {
      this.#place ??= place;
      return learn(place);
    });
    this.ready.catch(() => undefined);
  }

  get place(): Anchor | undefined {
    return this.#place;
  }

  close(): void {
    this.#closed = true;
    this.#feed.close();
  }

  message(message: LiveMessage): Promise<void> {
    const rows = claimedRows(message);
    this.#rowsUnderWay += rows;
    // Unpacked on other threads while the one before is handed out.
    const decoding = this.tasks.message(message);
    const anchor = anchorOf(message);
    const handed = this.#next(async () => {
      const batch = await decoding;
      // Whoever becomes live from here on begins after it.
      this.#place = anchor;
      await this.tasks.hand(anchor, batch).catch((error: unknown) => this.tasks.failed(anchor, error));
      this.#rowsUnderWay -= rows;
    });
    return this.#rowsUnderWay < maxRowsUnderWay ? Promise.resolve() : handed;
  }

  gap(gap: FeedGap): void {
    void this.#next(() => this.tasks.each('gap', (follower) => follower.gap(gap)));
  }

  restarted(place: Anchor): void {
    void this.#next(() => {
      this.#place = place;
      this.tasks.renewed();
      this.tasks.each('restarted', (follower) => follower.restarted(place));
    });
  }

  connection(up: boolean): void {
    this.tasks.renewed();
    this.tasks.each('connection', (follower) => follower.connection(up));
  }

  #next(work: () => Promise<void> | void): Promise<void> {
    this.#tail = this.#tail.then(() => (this.#closed ? undefined : work()));
    return this.#tail;
  }
}

export const anchorOf = ({ sequence, time_us }: Anchor): Anchor => ({ sequence, time_us });

/** @returns how many rows a message says it has */
function claimedRows(message: LiveMessage): number {
  const rows = Number(message.headers[header.rows]);
  return Number.isSafeInteger(rows) && rows > 0 ? rows : 1;
}
