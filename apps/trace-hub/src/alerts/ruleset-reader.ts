import { Repeats } from '#app-kit';
import {
  agentOfRuleset,
  header,
  parseRulesetMessage,
  rulesetsStream,
  StreamTail,
  wholeMessage,
  type Bus,
  type RulesetMessage,
  type TailMessage,
} from '#bus';
import { unpack } from '../ingest/gunzip.js';
import { type HubParts } from '../parts.js';
import { RulesetVersions, type TableVersion } from './ruleset-versions.js';

/** Where a reader has come to, as a checkpoint has it. */
export interface RulesetPlace {
  /** Number in the stream of rulesets; null = nothing was read of it. */
  readonly sequence: number | null;
  /** RulesetVersions.save */
  readonly versions: unknown;
}

/** Reads changes of rulesets off their stream, one after the other; what is malformed is told where it would be stored. */
export class RulesetReader {
  readonly #versions = new RulesetVersions();
  readonly #repeats: Repeats;
  #tail: StreamTail | undefined;
  #after: number | undefined;

  constructor(
    private readonly bus: Bus,
    private readonly parts: HubParts,
    /** @param time_us when the stream took it: the agent's own clock may be wrong */
    private readonly changed: (change: TableVersion, time_us: number) => void,
  ) {
    this.#repeats = new Repeats(parts.log);
  }

  get place(): RulesetPlace {
    return { sequence: this.#tail?.sequence ?? this.#after ?? null, versions: this.#versions.save() };
  }

  /** Goes on from a place. */
  restore({ sequence, versions }: RulesetPlace): void {
    this.#after = sequence ?? undefined;
    this.#versions.load(versions);
  }

  /** At the end of the stream, where there is no place to go on from. @param known versions that tables have @throws what NATS answers */
  async begin(known: readonly TableVersion[]): Promise<void> {
    for (const table of known) this.#versions.learn(table);
    this.#after = (await this.bus.manager.streams.info(rulesetsStream)).state.last_seq;
  }

  start(): void {
    this.#tail = new StreamTail({
      bus: Promise.resolve(this.bus),
      log: this.parts.log,
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
      const whole = await wholeMessage(this.bus, rulesetsStream, bytes, info);
      if (!whole) return;
      const message = parseRulesetMessage(await unpack(whole, headers[header.contentEncoding]));
      if ('malformed' in message || message.agent !== agentOfRuleset(subject)) return;
      this.#tell(message, time_us);
    } catch (error) {
      this.parts.counters.counter('alert_rulesets_missed').add();
      const why = error instanceof Error ? error.message : String(error);
      this.#repeats.warn('ruleset', `message ${sequence} of ${rulesetsStream} raises no alert: ${why}`);
    }
  }

  /** Who tells all of it anew begins with `cleared`; what is the same as before is no change. */
  #tell(message: RulesetMessage, time_us: number): void {
    if (message.change !== 'cleared' && this.#versions.take(message)) this.changed(message, time_us);
  }
}
