import { type Counters, type Log } from '#app-kit';
import { type PastAlert } from '#bus';
import { type Fate, type StormState } from './storm-cap.js';
import { type WebhookConfig } from './webhook-config.js';

/** Times in ms. */
export interface WebhookTiming {
  /** How long the first retry waits; each one after it twice as long, */
  readonly retry_ms: number;
  /** up to so long. */
  readonly mostRetry_ms: number;
  /** How often a summary of what is held is told. */
  readonly summary_ms: number;
}

export interface WebhookParts {
  readonly config: WebhookConfig;
  readonly log: Log;
  readonly counters: Counters;
  /** What became of the firing of an alert that this hub knows nothing of. */
  readonly fateOf: (id: string) => Promise<Fate>;
  /** The messages that the stream has from after one number to another. */
  readonly between: (after: number, through: number) => AsyncIterable<PastAlert>;
  /** Whether no other hub can be at it; nobody is told anything else. Absent: always. */
  readonly held?: () => boolean;
  readonly timing?: Partial<WebhookTiming>;
}

/** What a webhook's hub knows of it, as JSON, for the one that goes on. */
export interface WebhookState {
  /** The stream's number of the newest alert that is settled; of a webhook that is new, the message before its first. */
  readonly through: number;
  /** Whether that one was settled here, and is not taken again. */
  readonly settled: boolean;
  /** When the stream took the newest that was taken, ms since 1970; of a state that was kept before there was this, 0. */
  readonly taken_ms?: number;
  /** The number of the one that has passed the cap, told or not yet. */
  readonly admitted: number;
  readonly cap: StormState;
}
