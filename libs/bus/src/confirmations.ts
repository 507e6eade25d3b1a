import { type Bus } from './bus.js';
import { type BusLog } from './log.js';
import {
  type AskedBatch,
  decodeStored,
  encodeAsk,
  maxBatchesTold,
  type StoredMessage,
} from './stored-message.js';
import { subjects } from './subjects.js';

/** How the hub's word is waited and asked for; the defaults are for all but tests. */
export interface ConfirmationTimes {
  /** How often it is looked whether there is something to ask; default 5000 ms. */
  readonly every_ms?: number;
  /** How long the hub is waited for after the stream's acknowledgement; default 10,000 ms. */
  readonly after_ms?: number;
  /** How long an answer is waited for; default 4000 ms. */
  readonly answer_ms?: number;
  /** After how many asks without any word the operator is told, and batches of an earlier run go out; default 3. */
  readonly patience?: number;
}

export interface ConfirmationOptions extends ConfirmationTimes {
  readonly agent: string;
  readonly log: BusLog;
  /** @returns what to ask for, oldest first, of what the stream took before `before_ms` or nobody knows */
  readonly due: (before_ms: number, most: number) => AskedBatch[];
  readonly told: (message: StoredMessage) => void;
  /** Nobody has answered for long. */
  readonly unheard: () => void;
}

/** Hears from the hub which batches are in ClickHouse, and asks where it does not hear. */
export class Confirmations {
  readonly #leave: () => void;
  readonly #timer: NodeJS.Timeout;
  #asking = false;
  #unanswered = 0;
  #complained = false;
  #malformed = false;

  constructor(
    private readonly bus: Bus,
    private readonly options: ConfirmationOptions,
  ) {
    const subscription = bus.connection.subscribe(subjects.stored(options.agent), {
      callback: (error, message) => {
        if (!error) this.#take(message.data);
      },
    });
    this.#leave = () => subscription.unsubscribe();
    this.#timer = setInterval(() => void this.ask(), options.every_ms ?? 5000).unref();
    void this.ask();
  }

  close(): void {
    clearInterval(this.#timer);
    if (!this.bus.connection.isClosed()) this.#leave();
  }

  /** Asks for what is due, as long as the answers settle whole questions. */
  async ask(): Promise<void> {
    if (this.#asking) return;
    this.#asking = true;
    try {
      while (this.bus.connected) {
        const due = this.options.due(performance.now() - (this.options.after_ms ?? 10_000), maxBatchesTold);
        if (due.length === 0 || !(await this.#askFor(due)) || due.length < maxBatchesTold) return;
      }
    } finally {
      this.#asking = false;
    }
  }

  /** @returns whether all of it is settled now */
  async #askFor(batches: readonly AskedBatch[]): Promise<boolean> {
    const { agent, answer_ms, patience = 3, unheard } = this.options;
    try {
      const timeout = answer_ms ?? 4000;
      const answer = await this.bus.connection.request(subjects.ask(agent), encodeAsk(batches), { timeout });
      const message = this.#take(answer.data);
      if (!message) return false;
      const { stored, rejected, again } = message;
      const named = new Set([...stored, ...again, ...rejected.map(({ batchId }) => batchId)]);
      return batches.every(({ batchId }) => named.has(batchId));
    } catch {
      if (!this.bus.connected || ++this.#unanswered < patience) return false;
      this.#unanswered = 0;
      if (!this.#complained) this.#complain();
      unheard();
      return false;
    }
  }

  #complain(): void {
    this.#complained = true;
    this.options.log.warn(
      'no trace-hub says which batches are in ClickHouse (it is away, or older than this agent); they are kept as long as there is room',
    );
  }

  #take(bytes: Uint8Array): StoredMessage | undefined {
    const message = decodeStored(bytes);
    if (typeof message === 'string') {
      if (!this.#malformed)
        this.options.log.warn(`what trace-hub tells of stored batches is not taken: ${message}`);
      this.#malformed = true;
      return undefined;
    }
    this.#unanswered = 0;
    this.#complained = false;
    this.options.told(message);
    return message;
  }
}
