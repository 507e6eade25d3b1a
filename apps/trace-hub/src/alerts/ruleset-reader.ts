import { Repeats } from '#app-kit';
import {
  agentOfRuleset,
  header,
  parseRulesetMessage,
  rulesetsStream,
  wholeMessage,
  type Bus,
  type RulesetMessage,
  type TailMessage,
} from '#bus';
import { unpack } from '../ingest/gunzip.js';
import { type HubParts } from '../parts.js';

/** Reads changes of rulesets off their stream, one after the other; what is malformed is told where it would be stored. */
export class RulesetReader {
  readonly #repeats: Repeats;

  constructor(
    private readonly bus: Bus,
    private readonly parts: HubParts,
    private readonly changed: (change: RulesetMessage) => void,
  ) {
    this.#repeats = new Repeats(parts.log);
  }

  async take({ subject, headers, bytes, sequence }: TailMessage): Promise<void> {
    try {
      const info = { subject, headers, sequence, deliveries: 1, attempt: 1, doubtful: false };
      const whole = await wholeMessage(this.bus, rulesetsStream, bytes, info);
      if (!whole) return;
      const message = parseRulesetMessage(await unpack(whole, headers[header.contentEncoding]));
      if ('malformed' in message || message.agent !== agentOfRuleset(subject)) return;
      // Who tells all of it anew begins with this; what is the same as before is no change.
      if (message.change !== 'cleared') this.changed(message);
    } catch (error) {
      this.parts.counters.counter('alert_rulesets_missed').add();
      const why = error instanceof Error ? error.message : String(error);
      this.#repeats.warn('ruleset', `message ${sequence} of ${rulesetsStream} raises no alert: ${why}`);
    }
  }
}
