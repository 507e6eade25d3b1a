import { Injectable, type OnApplicationBootstrap, type OnModuleDestroy } from '@nestjs/common';
import {
  agentOfHeartbeat,
  type AgentHeartbeat,
  HeartbeatFeed,
  type HeartbeatMessage,
  parseHeartbeat,
} from '#bus';
import { Occurrences } from '#app-kit';
import { heartbeatRejected } from '../occurrences.js';
import { HubParts } from '../parts.js';
import { LossBook, type NewLoss } from './loss-book.js';
import { LossKeeper } from './loss-keeper.js';
import { lossJson, type LossNews } from './loss-json.js';
import { LossLog } from './loss-log.js';

/** The newest of an agent, and when the stream took it (ms since 1970). */
export interface KnownAgent {
  readonly heartbeat: AgentHeartbeat;
  readonly at_ms: number;
}

export type LossListener = (news: LossNews) => void;
export type HeartbeatListener = (agent: KnownAgent) => void;

const maxAgents = 10_000;
const maxComplaints = 1000;
/** Causes with a counter of their own; an agent may make up any number of others. */
const knownCauses = new Set([
  'overrun',
  'backlog',
  'malformed',
  'queue_full',
  'spool_full',
  'spool_damaged',
  'too_large',
  'rejected',
  'shutdown',
]);

/** The agents as their heartbeats tell of them, and what they lost: kept, counted, told to those who follow. */
@Injectable()
export class AgentsService implements OnApplicationBootstrap, OnModuleDestroy {
  readonly #agents = new Map<string, KnownAgent & { readonly book: LossBook }>();
  readonly #listeners = new Set<LossListener>();
  readonly #heartbeatListeners = new Set<HeartbeatListener>();
  /** Of whom losses found no room to wait for the store: they are in the next heartbeat again. */
  readonly #unstored = new Set<string>();
  readonly #complained = new Set<string>();
  readonly #keeper: LossKeeper;
  readonly #occurrences: Occurrences;
  /** What was told of late, for those who come back. */
  readonly losses = new LossLog();
  readonly #started_ms = Date.now();
  #feed: HeartbeatFeed | undefined;

  constructor(private readonly parts: HubParts) {
    this.#keeper = new LossKeeper(parts);
    this.#occurrences = new Occurrences(parts.log, parts.counters);
  }

  onApplicationBootstrap(): void {
    const { bus, log } = this.parts;
    this.#feed = new HeartbeatFeed(bus.whenOpen, log, (message) => this.take(message));
  }

  async onModuleDestroy(): Promise<void> {
    await this.#feed?.close();
    await this.#keeper.close();
  }

  /** The newest heartbeat of each agent, by the agents' names. */
  get agents(): readonly KnownAgent[] {
    return [...this.#agents.values()].sort((a, b) => (a.heartbeat.agent < b.heartbeat.agent ? -1 : 1));
  }

  /** @param listener must not throw @returns what ends it */
  onLoss(listener: LossListener): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** @param listener must not throw @returns what ends it */
  onHeartbeat(listener: HeartbeatListener): () => void {
    this.#heartbeatListeners.add(listener);
    return () => this.#heartbeatListeners.delete(listener);
  }

  /** @returns when the newest heartbeat of each agent is known */
  async complete(): Promise<void> {
    await this.#feed?.complete;
  }

  /** @returns when the losses told so far are in the store, or ClickHouse takes too long */
  stored(): Promise<void> {
    return this.#keeper.settled(1000);
  }

  /** Takes a message of the stream; one that came before changes nothing. */
  take({ subject, bytes, at_ms }: HeartbeatMessage): void {
    const agent = agentOfHeartbeat(subject);
    const heartbeat = parseHeartbeat(bytes);
    if (agent === undefined) return this.#reject(subject, 'subject', 'its subject names no agent');
    if ('malformed' in heartbeat) return this.#reject(subject, 'malformed', heartbeat.malformed);
    if (heartbeat.agent !== agent) {
      const why = `it claims agent ${JSON.stringify(heartbeat.agent)}, but ${JSON.stringify(agent)} published it`;
      return this.#reject(subject, 'agent', why);
    }
    this.parts.counters.counter('heartbeats', 'taken').add();
    const known = this.#agents.get(agent);
    const book = known?.heartbeat.run === heartbeat.run ? known.book : new LossBook();
    const sinceOurStart = at_ms - heartbeat.uptime_s * 1000 >= this.#started_ms;
    this.#agents.delete(agent);
    this.#agents.set(agent, { heartbeat, at_ms, book });
    this.#forgetOldest();
    for (const listener of [...this.#heartbeatListeners]) listener({ heartbeat, at_ms });
    this.#tell(heartbeat, at_ms, book.take(heartbeat.losses), known !== undefined || sinceOurStart);
  }

  #tell(heartbeat: AgentHeartbeat, at_ms: number, news: readonly NewLoss[], fresh: boolean): void {
    const { agent: agent_id, run } = heartbeat;
    const again = this.#unstored.delete(agent_id);
    const toStore = again ? heartbeat.losses : news.map(({ loss }) => loss);
    const kept = this.#keeper.add(toStore.map((loss) => ({ agent_id, run, ...loss })));
    if (!kept) this.#unstored.add(agent_id);
    const at_us = this.losses.timeOf(at_ms, fresh);
    for (const { loss, told, growth } of news) {
      const cause = knownCauses.has(loss.cause) ? loss.cause : 'other';
      // What a run had lost before this hub heard of it may be long ago, and counted.
      if (fresh) this.parts.counters.counter('lost_events', cause).add(growth);
      const json = lossJson({ agent_id, run, ...loss, events: told });
      const one = { loss: json, until_us: loss.until_us, at_us, fresh };
      this.losses.add(one);
      for (const listener of [...this.#listeners]) listener(one);
    }
  }

  #reject(subject: string, cause: string, why: string): void {
    const key = `${subject} ${cause}`;
    if (this.#complained.has(key) || this.#complained.size >= maxComplaints)
      return this.parts.counters.counter('heartbeats', cause).add();
    this.#complained.add(key);
    this.#occurrences.tell(heartbeatRejected, { subject, cause, reason: why });
  }

  #forgetOldest(): void {
    for (const agent of this.#agents.keys()) {
      if (this.#agents.size <= maxAgents) return;
      this.#agents.delete(agent);
      this.#unstored.delete(agent);
    }
  }
}
