import { type Log, type Occurrences } from '#app-kit';
import {
  agentOfRuleset,
  header,
  hubConsumer,
  parseRulesetMessage,
  rulesetsStream,
  StreamTail,
  wholeMessage,
  type Bus,
  type RulesetMessage,
  type TailMessage,
} from '#bus';
import { alertRulesetMissed } from '../alert-occurrences.js';
import { unpack } from '../ingest/gunzip.js';
import { RulesetVersions, type TableVersion } from './ruleset-versions.js';

/** Where a reader has come to, as a checkpoint has it. */
export interface RulesetPlace {
  /** Number in the stream of rulesets; null = nothing was read of it. */
  readonly sequence: number | null;
  /** RulesetVersions.save */
  readonly versions: unknown;
}

export interface RulesetReaderOptions {
  readonly bus: Bus;
  readonly log: Log;
  readonly occurrences: Occurrences;
  /** @param time_us when the stream took it: the agent's own clock may be wrong */
  readonly changed: (change: TableVersion, time_us: number) => void;
}

/** Reads changes of rulesets off their stream, one after the other; what is malformed is told where it would be stored. */
export class RulesetReader {
  readonly #versions = new RulesetVersions();
  #tail: StreamTail | undefined;
  #after: number | undefined;
  /** Messages up to this one tell which versions there were before it began. */
  #before = 0;

  constructor(private readonly options: RulesetReaderOptions) {}

  get place(): RulesetPlace {
    return { sequence: this.#tail?.sequence ?? this.#after ?? null, versions: this.#versions.save() };
  }

  /** Goes on from a place. */
  restore({ sequence, versions }: RulesetPlace): void {
    this.#after = sequence ?? undefined;
    this.#versions.load(versions);
  }

  /**
   * Where there is no place to go on from: what the stream takes from now on is told. What it has that is not stored yet, as of
   * agents that start together with this hub, is read to know what there was before.
   *
   * @param stored asks for the versions of tables that are stored; none where that is not known
   * @throws what NATS answers
   */
  async begin(stored: () => Promise<readonly TableVersion[]>): Promise<void> {
    const { manager } = this.options.bus;
    this.#before = (await manager.streams.info(rulesetsStream)).state.last_seq;
    // Asked for before the versions are: what is stored after it is read twice, which does no harm.
    const floor = await manager.consumers.info(rulesetsStream, hubConsumer).then(
      ({ ack_floor }) => Math.min(ack_floor.stream_seq, this.#before),
      () => 0,
    );
    const known = await stored();
    for (const table of known) this.#versions.learn(table);
    this.#after = known.length === 0 ? 0 : floor;
  }

  start(): void {
    this.#tail = new StreamTail({
      bus: Promise.resolve(this.options.bus),
      log: this.options.log,
      stream: rulesetsStream,
      after: this.#after,
      take: (message) => this.#take(message),
    });
  }

  async close(): Promise<void> {
    await this.#tail?.close();
  }

  async #take({ subject, headers, bytes, sequence, time_us }: TailMessage): Promise<void> {
    try {
      const at_ms = time_us / 1000;
      const info = { subject, headers, sequence, at_ms, deliveries: 1, attempt: 1, doubtful: false };
      const whole = await wholeMessage(this.options.bus, rulesetsStream, bytes, info);
      if (!whole) return;
      const message = parseRulesetMessage(await unpack(whole, headers[header.contentEncoding]));
      if ('malformed' in message || message.agent !== agentOfRuleset(subject)) return;
      this.#tell(message, sequence, time_us);
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      this.options.occurrences.tell(alertRulesetMissed, { stream: rulesetsStream, sequence, reason });
    }
  }

  /** Who tells all of it anew begins with `cleared`; what is the same as before is no change. */
  #tell(message: RulesetMessage, sequence: number, time_us: number): void {
    const isNew = sequence > this.#before;
    if (message.change !== 'cleared' && this.#versions.take(message) && isNew)
      this.options.changed(message, time_us);
  }
}
