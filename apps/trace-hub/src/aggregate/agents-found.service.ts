import { Injectable } from '@nestjs/common';
import {
  type AgentFound,
  type AgentOfDay,
  agentsFound,
  agentsFoundNeeds,
  agentsOfDays,
  planFor,
  type Span,
  type Statement,
  withoutDays,
} from '#clickhouse';
import { Problem } from '../http/problem.js';
import { HubParts } from '../parts.js';
import { QueryService } from '../query/query.service.js';
import { DayBook } from './day-book.js';
import { keptNow } from './kept.js';

const most = 100;
/** To find who has packets is worth less than what was asked for. */
const timeoutMs = 2000;
/** Whoever finds nothing asks again soon, with another filter. */
const knownMs = 2000;
/** 2100: after all rows, those of clocks that are ahead too. */
const end_us = 4_102_444_800e6;

/** Explains an answer without rows: who has packets in that time. */
@Injectable()
export class AgentsFound {
  readonly #days = new DayBook<AgentOfDay>();
  /** The last answer, and when it was asked for. */
  #known:
    { readonly range: string; readonly asked_ms: number; readonly agents: readonly AgentFound[] } | undefined;

  constructor(
    private readonly queries: QueryService,
    private readonly parts: HubParts,
  ) {}

  /** @returns those with most packets first; undefined where that takes too long to find */
  async in(range: Partial<Span>, signal: AbortSignal): Promise<readonly AgentFound[] | undefined> {
    const asked_ms = performance.now();
    const key = [range.from_us, range.to_us].join();
    if (this.#known?.range === key && asked_ms - this.#known.asked_ms < knownMs) return this.#known.agents;
    const kept = keptNow(this.parts.config);
    const read = async <T>(statement: Statement): Promise<T[]> =>
      (await this.queries.document<T>(statement, { signal, timeoutMs })).rows;
    try {
      const plan = await planFor(agentsFoundNeeds, { from_us: 0, to_us: end_us, ...range }, { kept, read });
      const known = this.#days.within(plan.range, kept.now_us);
      const others = await read<AgentOfDay>(agentsFound(withoutDays(plan, [...known.keys()])));
      this.#days.keep(others, plan.range, kept.now_us);
      const agents = agentsOfDays([...[...known.values()].flat(), ...others]).slice(0, most);
      this.#known = { range: key, asked_ms, agents };
      return agents;
    } catch (error) {
      if (error instanceof Problem && error.details.limit !== undefined) return undefined;
      throw error;
    }
  }
}
