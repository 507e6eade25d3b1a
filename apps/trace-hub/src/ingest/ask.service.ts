import { Injectable, type OnApplicationBootstrap, type OnModuleDestroy } from '@nestjs/common';
import { type Msg, type Subscription } from '@nats-io/transport-node';
import { Occurrences, Repeats } from '#app-kit';
import {
  agentOfAsk,
  decodeAsk,
  encodeStored,
  isStartCheck,
  subjects,
  TraceStream,
  type AskedBatch,
  type Bus,
  type RejectedBatch,
  type StoredMessage,
} from '#bus';
import { HubParts } from '../parts.js';
import { askFailed, askMalformed, askMisdirected } from '../occurrences.js';
import { BatchRepository } from './batch.repository.js';
import { IngestService } from './ingest.service.js';

/** The hubs share the questions. */
const queue = 'hub';
/** Questions that wait for an answer; who gets none asks again. */
const maxWaiting = 64;

/**
 * NATS does not check where an answer is asked for, and the hub may publish where an agent may not: what it tells another
 * agent of its batches, or JetStream of its streams.
 */
const isOurs = (reply: string): boolean => /^(visor\.|\$)/.test(reply);

/** Answers agents that were not told what became of their batches. */
@Injectable()
export class AskService implements OnApplicationBootstrap, OnModuleDestroy {
  readonly #repeats: Repeats;
  readonly #occurrences: Occurrences;
  #subscription: Subscription | undefined;
  #waiting = 0;
  #last: Promise<void> = Promise.resolve();

  constructor(
    private readonly parts: HubParts,
    private readonly repository: BatchRepository,
    private readonly ingest: IngestService,
  ) {
    this.#repeats = new Repeats(parts.log);
    this.#occurrences = new Occurrences(parts.log, parts.counters);
  }

  onApplicationBootstrap(): void {
    this.parts.bus.whenOpen.then(
      (bus) => this.#listen(bus),
      // Whoever connects reports that it failed.
      () => undefined,
    );
  }

  async onModuleDestroy(): Promise<void> {
    this.#subscription?.unsubscribe();
    await this.#last;
    this.#repeats.flush();
    this.#occurrences.flush();
  }

  #listen(bus: Bus): void {
    this.#subscription = bus.connection.subscribe(subjects.allAsks, {
      queue,
      callback: (error, message) => {
        if (error) this.#repeats.warn('denied', `agents cannot ask what is stored: ${error.message}`);
        else if (!isStartCheck(message)) this.#take(bus, message);
      },
    });
  }

  /** One after another: however many ask, ClickHouse gets one query at a time. */
  #take(bus: Bus, message: Msg): void {
    const { counters } = this.parts;
    const { subject, reply = '' } = message;
    if (isOurs(reply)) return void this.#occurrences.tell(askMisdirected, { subject, reply });
    if (this.#waiting >= maxWaiting) return counters.counter('ingest_asks', 'too_many').add();
    this.#waiting++;
    this.#last = this.#last.then(async () => {
      try {
        const answer = await this.#answerTo(bus, message);
        if (!answer) return;
        message.respond(encodeStored(answer));
        counters.counter('ingest_asks', 'answered').add();
      } catch (error) {
        const reason = error instanceof Error ? error.message : String(error);
        this.#occurrences.tell(askFailed, { reason });
      } finally {
        this.#waiting--;
      }
    });
  }

  async #answerTo(bus: Bus, message: Msg): Promise<StoredMessage | undefined> {
    const agent = agentOfAsk(message.subject);
    if (agent === undefined) return this.#misunderstood(message, 'its subject names no agent');
    const asked = decodeAsk(message.data);
    if (typeof asked === 'string') return this.#misunderstood(message, asked);
    return this.answer(new TraceStream(bus), agent, asked);
  }

  #misunderstood({ subject }: Msg, reason: string): undefined {
    this.#occurrences.tell(askMalformed, { subject, reason });
  }

  /** @returns which of the batches are stored, rejected or to be published again; one that is not named waits */
  async answer(stream: TraceStream, agent: string, asked: readonly AskedBatch[]): Promise<StoredMessage> {
    const stored: bigint[] = [];
    const rejected: RejectedBatch[] = [];
    const unknown: AskedBatch[] = [];
    for (const batch of asked) {
      const lately = this.ingest.lately(agent, batch.batchId);
      if (lately === 'stored') stored.push(batch.batchId);
      else if (lately === undefined) unknown.push(batch);
      else if (lately !== 'in_hand') rejected.push(lately);
    }
    if (unknown.length === 0) return { stored, rejected, again: [] };
    // First the stream, then ClickHouse: what leaves the stream meanwhile is found there.
    const gone = await stream.without(unknown);
    const found = new Set(await this.repository.storedBatches(agent, unknown));
    const again = unknown
      .map(({ batchId }) => batchId)
      .filter((id) => gone.has(id) && !found.has(id) && this.ingest.lately(agent, id) === undefined);
    return { stored: [...stored, ...found], rejected, again };
  }
}
