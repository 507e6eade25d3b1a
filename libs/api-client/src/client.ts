import { Connection, type ConnectionOptions, type Endpoint, type Query, type Request } from './connection.js';
import { follow, type FollowOptions, type StreamEvent } from './follow.js';
import { ApiError } from './errors.js';
import { MAX_LINE, readLines } from './lines.js';
import { errorOfBody } from './problem.js';
import { type components, type paths } from './schema.js';

export type { ConnectionOptions, Query } from './connection.js';

const JSON_TYPE = 'application/json';
const NDJSON = 'application/x-ndjson, application/jsonl, application/x-jsonlines';
const rowTypes = {
  jsonl: NDJSON,
  csv: 'text/csv',
  arrow: 'application/vnd.apache.arrow.stream',
} as const;

/** Parameters that say how many rows are wanted. */
const takes: readonly string[] = ['first', 'last', 'all'];

/** What rows can be had of: packets, or all of their hops. */
export type RowList = 'packets' | 'traces';
/** How rows can be had as bytes; see docs/rows.md. */
export type RowForm = keyof typeof rowTypes;

/** A version of a table on one agent; with a question for one time also its text then. */
export type Ruleset = components['schemas']['Ruleset'];
/** A version of a table with its text. */
export type RulesetVersion = components['schemas']['RulesetVersion'];
/** How two versions differ. */
export type RulesetDiff = components['schemas']['RulesetDiff'];

/** How rows were looked for; where none were found also what there is in that time. */
export type Searched = components['schemas']['Searched'];

/** Packets in groups, with metrics. */
export type Aggregate = components['schemas']['Aggregate'];
/** Metrics over time. */
export type SeriesList = components['schemas']['SeriesList'];
/** Values of a column by frequency. */
export type Hints = components['schemas']['Hints'];
/** A packet and its way through the ruleset. */
export type Packet = components['schemas']['Packet'];
/** What can be written at a place of a text of the query language. */
export type Completion = components['schemas']['Completion'];
/** An agent, as its newest heartbeat tells. */
export type Agent = components['schemas']['Agent'];
/** An alert in its newest state. */
export type Alert = components['schemas']['Alert'];
/** … with the states before it. */
export type AlertStory = components['schemas']['AlertStory'];
/** The alert rules, and what is wrong with others. */
export type AlertRules = components['schemas']['AlertRules'];
/** When a rule would have fired. */
export type AlertRuleTest = components['schemas']['AlertRuleTest'];
/** What to test. */
export type AlertRuleTestRequest = components['schemas']['AlertRuleTestRequest'];
/** Alerts that webhooks are not told of. */
export type Silence = components['schemas']['Silence'];
export type NewSilence = components['schemas']['NewSilence'];
/** Whether a hub can do its work, and what is wrong. */
export type Readiness = paths['/readyz']['get']['responses'][200]['content']['application/json'];
/** Whether a text is one of the query language. */
export type Validation = components['schemas']['Validation'];

/** The text of a table may be as long as what an agent may publish. */
const MAX_TEXT = 2 ** 27;
const AGENTS_AT_ONCE = 1000;
const ALERTS_AT_ONCE = 1000;

/** A trace-hub's REST API. */
export class VisorClient {
  readonly #connection: Connection;

  /** @throws ApiError `bad_host`, `bad_token` */
  constructor(options: ConnectionOptions) {
    this.#connection = new Connection(options);
  }

  /** The hub's URL. */
  get host(): string {
    return this.#connection.base;
  }

  /** Packets, one decisive row each: JSON texts as the hub sends them, some at a time. Ends quietly on the signal. */
  packets(query: Query, signal: AbortSignal): AsyncGenerator<readonly string[], void, undefined> {
    return this.#rows('packets', query, signal);
  }

  /** Hops, otherwise as packets(). */
  traces(query: Query, signal: AbortSignal): AsyncGenerator<readonly string[], void, undefined> {
    return this.#rows('traces', query, signal);
  }

  /**
   * Rows as the bytes that the hub sends, which are not looked at. Ends quietly on the signal.
   *
   * @throws ApiError; `interrupted` where the answer broke off, so that the bytes are not all
   */
  async *rowBytes(
    list: RowList,
    form: RowForm,
    query: Query,
    signal: AbortSignal,
  ): AsyncGenerator<Uint8Array, void, undefined> {
    try {
      const request = { op: list, query: { ...query, format: form }, accept: rowTypes[form], signal };
      yield* await this.#connection.open(`/api/v1/${list}`, request);
    } catch (error) {
      if (!signal.aborted) throw errorOfBody(list, this.host, error);
    }
  }

  /** @returns where such a question looks for rows, however many it wants @throws ApiError, or the signal's reason */
  async searched(list: RowList, query: Query, signal: AbortSignal): Promise<Searched> {
    const which = Object.fromEntries(Object.entries(query).filter(([name]) => !takes.includes(name)));
    const request = { op: list, query: { ...which, first: '1' }, signal };
    return (await this.#parsed<{ searched: Searched }>(`/api/v1/${list}`, request)).searched;
  }

  /** Events that agents lost, in the order of their ends; otherwise as packets(). */
  losses(query: Query, signal: AbortSignal): AsyncGenerator<readonly string[], void, undefined> {
    return this.#rows('losses', query, signal);
  }

  /** Versions of tables, see Ruleset; otherwise as packets(). */
  rulesets(query: Query, signal: AbortSignal): AsyncGenerator<readonly string[], void, undefined> {
    return this.#rows('rulesets', query, signal, MAX_TEXT);
  }

  /** Alerts, see Alert; otherwise as packets(). */
  alerts(query: Query, signal: AbortSignal): AsyncGenerator<readonly string[], void, undefined> {
    return this.#rows('alerts', query, signal);
  }

  /** All alerts that match, however many, from the first to begin on: JSON texts, a page at a time. Ends quietly on the signal. */
  async *allAlerts(query: Query, signal: AbortSignal): AsyncGenerator<readonly string[], void, undefined> {
    const seen = new Set<string>();
    for (let cursor: string | undefined; ;) {
      const page = await this.#alertPage({ ...query, first: String(ALERTS_AT_ONCE) }, cursor, signal);
      if (!page) return;
      yield page.rows.map((row) => JSON.stringify(row));
      cursor = page.next;
      if (cursor === undefined) return;
      if (seen.has(cursor))
        throw new ApiError('alerts', 'protocol', `${this.host} gives the same page of alerts again`);
      seen.add(cursor);
    }
  }

  /** @returns undefined where the signal ended it */
  async #alertPage(
    query: Query,
    cursor: string | undefined,
    signal: AbortSignal,
  ): Promise<components['schemas']['Alerts'] | undefined> {
    const request = { op: 'alerts', query: { ...query, ...(cursor !== undefined && { cursor }) }, signal };
    try {
      return await this.#parsed('/api/v1/alerts', request);
    } catch (error) {
      if (signal.aborted) return undefined;
      throw error;
    }
  }

  /** @returns the JSON text of an AlertStory @throws ApiError, or the signal's reason */
  alert(id: string, signal: AbortSignal): Promise<string> {
    const request = { op: 'alert', query: {}, path: { id }, accept: JSON_TYPE, signal };
    return this.#document('/api/v1/alerts/{id}', request);
  }

  /** @returns the JSON text of AlertRules @throws ApiError, or the signal's reason */
  alertRules(signal: AbortSignal): Promise<string> {
    return this.#document('/api/v1/alerts/rules', { op: 'rules', query: {}, accept: JSON_TYPE, signal });
  }

  /** @returns the JSON text of an AlertRuleTest @throws ApiError, or the signal's reason */
  testAlertRule(body: AlertRuleTestRequest, signal: AbortSignal): Promise<string> {
    return this.#document('/api/v1/alerts/test', { op: 'test', query: {}, body, accept: JSON_TYPE, signal });
  }

  /** @throws ApiError, or the signal's reason */
  async silences(signal: AbortSignal): Promise<readonly Silence[]> {
    const request = { op: 'silences', query: {}, signal };
    return (await this.#parsed<{ rows: Silence[] }>('/api/v1/alerts/silences', request)).rows;
  }

  /** @throws ApiError, or the signal's reason */
  silence(body: NewSilence, signal: AbortSignal): Promise<Silence> {
    return this.#parsed('/api/v1/alerts/silences', { op: 'silence', query: {}, body, signal });
  }

  /** @throws ApiError, or the signal's reason */
  async endSilence(id: string, signal: AbortSignal): Promise<void> {
    const request = { op: 'silence', query: {}, path: { id }, deletes: true, accept: JSON_TYPE, signal };
    await this.#document('/api/v1/alerts/silences/{id}', request);
  }

  /** @returns the JSON text of a RulesetVersion @throws ApiError, or the signal's reason */
  ruleset(version: string, query: Query, signal: AbortSignal): Promise<string> {
    const request = { op: 'ruleset', query, path: { version }, accept: JSON_TYPE, signal };
    return this.#document('/api/v1/rulesets/{version}', request);
  }

  /** @returns the JSON text of a RulesetDiff @throws ApiError, or the signal's reason */
  rulesetDiff(query: Query, signal: AbortSignal): Promise<string> {
    const request = { op: 'diff', query, accept: JSON_TYPE, signal };
    return this.#document('/api/v1/rulesets/diff', request);
  }

  /** @returns the JSON texts of all agents, see Agent, by their names @throws ApiError, or the signal's reason */
  async agents(signal: AbortSignal): Promise<string[]> {
    const agents: string[] = [];
    for (let cursor: string | undefined; ;) {
      const after = cursor === undefined ? {} : { cursor };
      const query = { format: 'jsonl', limit: String(AGENTS_AT_ONCE), ...after };
      const text = await this.#document('/api/v1/agents', { op: 'agents', query, accept: NDJSON, signal });
      const page = text.split('\n').filter((line) => line !== '');
      agents.push(...page);
      // Lines of JSON have no place for the document's `next`, which is the name of the page's last agent.
      const last = page.at(-1);
      if (last === undefined || page.length < AGENTS_AT_ONCE) return agents;
      cursor = nameAfter(cursor, last, this.host);
    }
  }

  /** @returns whether the hub can do its work, also where it cannot @throws ApiError, or the signal's reason */
  async readiness(signal: AbortSignal): Promise<Readiness> {
    try {
      return await this.#parsed('/readyz', { op: 'readyz', query: {}, signal });
    } catch (error) {
      const told = error instanceof ApiError && error.status === 503 ? readReadiness(error.body) : undefined;
      if (told) return told;
      throw error;
    }
  }

  /** @returns packets in groups, see Aggregate @throws ApiError, or the signal's reason */
  aggregate(query: Query, signal: AbortSignal): Promise<Aggregate> {
    return this.#parsed('/api/v1/aggregate', { op: 'aggregate', query, signal });
  }

  /** @returns metrics over time, see SeriesList @throws ApiError, or the signal's reason */
  series(query: Query, signal: AbortSignal): Promise<SeriesList> {
    return this.#parsed('/api/v1/series', { op: 'series', query, signal });
  }

  /** @returns a column's values, see Hints @throws ApiError, or the signal's reason */
  hints(query: Query, signal: AbortSignal): Promise<Hints> {
    return this.#parsed('/api/v1/hints', { op: 'hints', query, signal });
  }

  /** @param id a row's packet_id, or its first digits @throws ApiError, or the signal's reason */
  packet(id: string, query: Query, signal: AbortSignal): Promise<Packet> {
    return this.#parsed('/api/v1/packets/{id}', { op: 'packet', query, path: { id }, signal });
  }

  /** @param cursor where in the text, in UTF-16 units @throws ApiError, or the signal's reason */
  complete(text: string, cursor: number, signal: AbortSignal): Promise<Completion> {
    const query = { text, cursor: String(cursor) };
    return this.#parsed('/api/v1/query/complete', { op: 'complete', query, signal });
  }

  /** @returns whether a text is one of the query language, and what is wrong @throws ApiError, or the signal's reason */
  validate(text: string, signal: AbortSignal): Promise<Validation> {
    const request = { op: 'validate', query: {}, body: { query: text }, signal };
    return this.#parsed('/api/v1/query/validate', request);
  }

  /**
   * Rows as they come, after those that `last` or `since` ask for. Once it was connected it comes back by itself whenever
   * the connection is lost, says so, and goes on where it was. Ends on the signal, or some seconds after `until`.
   *
   * @throws ApiError where the first connection fails, or the hub refuses a later one
   */
  stream(query: Query, options: FollowOptions): AsyncGenerator<readonly StreamEvent[], void, undefined> {
    return follow(this.#connection, query, options);
  }

  async *#rows(
    op: RowList | 'losses' | 'rulesets' | 'alerts',
    query: Query,
    signal: AbortSignal,
    maxLine = MAX_LINE,
  ): AsyncGenerator<readonly string[], void, undefined> {
    try {
      const request = { op, query: { ...query, format: 'jsonl' }, accept: NDJSON, signal };
      const body = await this.#connection.open(`/api/v1/${op}`, request);
      yield* readLines(op, body, maxLine);
    } catch (error) {
      if (!signal.aborted) throw errorOfBody(op, this.host, error);
    }
  }

  async #parsed<T>(endpoint: Endpoint, request: Omit<Request, 'accept'>): Promise<T> {
    const text = await this.#document(endpoint, { ...request, accept: JSON_TYPE });
    try {
      return JSON.parse(text) as T;
    } catch (cause) {
      throw new ApiError(request.op, 'protocol', `${this.host} answers with what is no JSON`, { cause });
    }
  }

  async #document(endpoint: Endpoint, request: Request): Promise<string> {
    const { op, signal } = request;
    const body = await this.#connection.open(endpoint, request);
    const chunks: Uint8Array[] = [];
    let length = 0;
    try {
      for await (const chunk of body) {
        length += chunk.length;
        if (length > MAX_TEXT)
          throw new ApiError(op, 'protocol', `the answer has more than ${MAX_TEXT} bytes`);
        chunks.push(chunk);
      }
    } catch (error) {
      throw signal.aborted ? signal.reason : errorOfBody(op, this.host, error);
    }
    const bytes = new Uint8Array(length);
    let at = 0;
    for (const chunk of chunks) {
      bytes.set(chunk, at);
      at += chunk.length;
    }
    return new TextDecoder().decode(bytes);
  }
}

/** @returns undefined where the body is of something else on the way to the hub */
function readReadiness(body: unknown): Readiness | undefined {
  const { status, nats, clickhouse } = (body ?? {}) as Partial<Record<string, unknown>>;
  const isReadiness = [status, nats, clickhouse].every((word) => typeof word === 'string');
  return isReadiness ? (body as Readiness) : undefined;
}

/** @returns the name of the last agent of a page @throws ApiError `protocol` where it is not after the page's cursor */
function nameAfter(cursor: string | undefined, json: string, host: string): string {
  let agent: Partial<Agent> | null = null;
  try {
    agent = JSON.parse(json) as Partial<Agent> | null;
  } catch {
    // As one without a name.
  }
  const name = agent?.agent_id;
  if (typeof name === 'string' && (cursor === undefined || name > cursor)) return name;
  const sentence = `${host} lists agents that do not go on after ${cursor ?? 'the first'}: ${json.slice(0, 80)}`;
  throw new ApiError('agents', 'protocol', sentence);
}
