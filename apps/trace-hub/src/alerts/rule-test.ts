import { setImmediate as turn } from 'node:timers/promises';
import { AlertEngine, type AlertRule, type AlertTransition } from '#alerts';
import { type RowSource } from '#columns';

const second_us = 1e6;
/** Others wait while so many seconds pass. */
const secondsAtOnce = 5000;

/** Runs one rule over what is stored, as the hub runs it over what comes: rows in the order of time, and a clock. */
export class RuleTest {
  readonly engine: AlertEngine;
  readonly transitions: AlertTransition[] = [];
  #clock_us: number;

  constructor(rule: AlertRule, maxGroups: number, since_us: number) {
    this.engine = new AlertEngine([rule], { maxGroups });
    this.#clock_us = since_us;
    this.engine.tick(since_us);
  }

  /** Rows in the order of time, none before those of the page before. */
  async page(page: RowSource): Promise<void> {
    const places = Uint32Array.from({ length: page.rows }, (_, row) => row);
    let from = 0;
    while (from < page.rows) {
      const ts = page.get('ts', from);
      await this.passTo(Math.floor(ts / second_us) * second_us);
      let to = from + 1;
      while (to < page.rows && page.get('ts', to) < this.#clock_us + second_us) to++;
      const decisive = decisiveOf(page, places.subarray(from, to));
      this.engine.rows(page, decisive, places.subarray(from, to), page.get('agent_id', from));
      this.#drain();
      from = to;
    }
  }

  /** Something else than rows. */
  async at(time_us: number, tell: (engine: AlertEngine) => void): Promise<void> {
    await this.passTo(time_us);
    tell(this.engine);
    this.#drain();
  }

  /** The clock goes on, a second at a time. */
  async passTo(time_us: number): Promise<void> {
    for (let seconds = 0; this.#clock_us < time_us; seconds++) {
      this.#clock_us = Math.min(time_us, this.#clock_us + second_us);
      this.engine.tick(this.#clock_us);
      this.#drain();
      if (seconds % secondsAtOnce === secondsAtOnce - 1) await turn();
    }
  }

  #drain(): void {
    this.transitions.push(...this.engine.drain());
  }
}

/** The engine is given places in the order, not rows. */
const decisiveOf = (page: RowSource, order: Uint32Array): Uint32Array =>
  Uint32Array.from(order.keys()).filter((place) => page.get('decisive', order[place] ?? 0));
