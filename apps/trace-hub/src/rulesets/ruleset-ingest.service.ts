import { Injectable } from '@nestjs/common';
import { Repeats } from '#app-kit';
import {
  agentOfRuleset,
  type DeliveryInfo,
  header,
  parseRulesetMessage,
  RejectBatch,
  RetryLater,
  type RulesetMessage,
  rulesetsStream,
  wholeMessage,
} from '#bus';
import { StoreError } from '#clickhouse';
import { unpack } from '../ingest/gunzip.js';
import { HubParts } from '../parts.js';
import { RulesetRepository } from './ruleset.repository.js';
import { Turns } from './turns.js';

const retryMs = 2000;
/** Messages up to this size are stored together; of larger ones there is one in memory at a time. */
const smallBytes = 4 * 2 ** 20;

/** Brings what agents tell of their rulesets into the store; the same message as often as it comes. */
@Injectable()
export class RulesetIngestService {
  readonly #repeats: Repeats;
  readonly #turns = new Turns();

  constructor(
    private readonly parts: HubParts,
    private readonly repository: RulesetRepository,
  ) {
    this.#repeats = new Repeats(parts.log);
  }

  /**
   * Resolves when the change and its text are in the store.
   * @throws RejectBatch when it can never be stored, RetryLater when ClickHouse or NATS is away
   */
  async store(bytes: Uint8Array, info: DeliveryInfo): Promise<void> {
    const bus = await this.parts.bus.whenOpen;
    const end = await this.#turns.take();
    try {
      const whole = await wholeMessage(bus, rulesetsStream, bytes, info);
      // The last part brings the others along.
      if (!whole) return;
      const json = await unpack(whole, info.headers[header.contentEncoding]);
      const message = this.#check(json, info);
      if (json.length <= smallBytes) end();
      await this.#insert(message);
      this.parts.counters.counter('ruleset_changes_stored').add();
      if (message.content) this.parts.counters.counter('ruleset_texts_stored').add();
    } finally {
      end();
    }
  }

  /** The agent in the subject is the one that counts. */
  #check(json: Uint8Array, { subject }: DeliveryInfo): RulesetMessage {
    const agent = agentOfRuleset(subject);
    if (agent === undefined) throw new RejectBatch('subject', `its subject ${subject} names no agent`);
    const message = parseRulesetMessage(json);
    if ('malformed' in message) throw new RejectBatch('malformed', message.malformed);
    if (message.agent === agent) return message;
    const [claimed, published] = [message.agent, agent].map((name) => JSON.stringify(name));
    throw new RejectBatch('agent', `it claims agent ${claimed}, but ${published} published it`);
  }

  async #insert(message: RulesetMessage): Promise<void> {
    try {
      await this.repository.store(message);
    } catch (error) {
      if (!(error instanceof StoreError)) throw error;
      if (error.code === 'bad_data') throw new RejectBatch('bad_data', error.message, { cause: error });
      const message = `${error.message} Rulesets wait in the stream until it is back.`;
      const fields = { event: 'rulesets_wait', code: error.code };
      this.#repeats.tell(error.code, { level: 'warn', message, fields });
      throw new RetryLater(error.message, retryMs, { cause: error });
    }
  }
}
