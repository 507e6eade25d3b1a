import { Occurrences, Repeats } from '#app-kit';
import { formatTimestamp } from '#columns';
import { AlertEngine, type AlertRule, type AlertTransition } from '#alerts';
import { publishedAlerts, type Bus, type StateBucket } from '#bus';
import { type AgentsService, type KnownAgent } from '../agents/agents.service.js';
import { alertBatchesMissed, alertRowsFailed, alertsEnded, missedBatches } from '../alert-occurrences.js';
import { type LiveBatch } from '../live/live-batch.js';
import { type LiveRows } from '../live/live-rows.js';
import { type HubParts } from '../parts.js';
import { type AlertHistory } from './alert-history.js';
import { CheckpointStore, type Checkpoint } from './checkpoint.js';
import { Gap } from './gap.js';
import { DamagedState } from './kept-state.js';
import { Outbox } from './outbox.js';
import { RulesetReader } from './ruleset-reader.js';
import { StateKeeper } from './state-keeper.js';
import { Strays } from './strays.js';
import { StreamWalk, type MissedCause } from './stream-walk.js';

export interface TermParts {
  readonly parts: HubParts;
  readonly bus: Bus;
  readonly bucket: StateBucket;
  readonly live: LiveRows;
  readonly agents: AgentsService;
  readonly history: AlertHistory;
  readonly rules: readonly AlertRule[];
  readonly isSilenced: (alert: AlertTransition) => boolean;
  /** Whether no other hub can be at it. */
  readonly held: () => boolean;
}

const tickMs = 500;
/** What a stop may take to publish and keep what is left. */
const stopMs = 1500;
/** Alerts that wait for NATS; beyond them rows wait too. */
const maxWaiting = 10_000;
/** After so long an alert of another hub that did not come again comes no more. */
const straysMs = 10_000;

const nowUs = (): number => Date.now() * 1000;

/**
 * The time in which this hub is the one that evaluates: from the newest checkpoint on through what the stream holds since,
 * then what comes. Whoever is next goes on from the checkpoint that this one leaves; alerts published since are found
 * again, with the same ids, and the stream drops them.
 */
export class AlertTerm {
  readonly engine: AlertEngine;
  readonly #walk: StreamWalk;
  readonly #checkpoints: CheckpointStore;
  readonly #outbox: Outbox;
  readonly #outboxEnd = new AbortController();
  readonly #repeats: Repeats;
  readonly #occurrences: Occurrences;
  readonly #rulesets: RulesetReader;
  readonly #strays = new Strays();
  readonly #gap: Gap;
  /** Up to which message of the stream of alerts all is settled, while there are strays. */
  #straysAfter: number | undefined;
  #straysEnd_ms = Infinity;
  #begun = false;
  #ended = false;
  #end: () => void = () => undefined;

  constructor(private readonly own: TermParts) {
    const { parts, bus, bucket, live, rules, isSilenced, held } = own;
    const { log, counters, config } = parts;
    this.#repeats = new Repeats(log);
    this.engine = new AlertEngine(rules, { maxGroups: config.alertsMaxGroups });
    this.#checkpoints = new CheckpointStore(bucket);
    const occurrences = (this.#occurrences = new Occurrences(log, counters));
    const stop = this.#outboxEnd.signal;
    this.#outbox = new Outbox({ bus, log, counters, occurrences, isSilenced, held, stop });
    this.#gap = new Gap((seconds) => this.#noteGap(seconds));
    this.#rulesets = new RulesetReader({
      ...{ bus, log, occurrences },
      changed: (change, time_us) => {
        this.engine.ruleset(change.agent, time_us, change);
        this.#drain();
      },
    });
    this.#walk = new StreamWalk(live, {
      batch: (batch) => this.#evaluate(batch),
      // Absences and resolves come when they would have come.
      passed: (time_us) => this.#gap.passes(time_us) && this.#tick(time_us),
      missed: (cause, batches) => this.#missed(cause, batches),
      full: () => this.#outbox.size > maxWaiting,
      failed: (error) => this.#failed(error),
    });
  }

  /** Whether what comes from now on is evaluated. */
  get begun(): boolean {
    return this.#begun;
  }

  /** The rules are others from now on; alerts of those that are gone are resolved. */
  replaceRules(rules: readonly AlertRule[]): void {
    this.engine.replaceRules(rules);
    this.#drain();
    this.#learn();
  }

  /** Resolves when `signal` is aborted and what is left is kept, or it cannot go on. @throws what NATS answers at the start */
  async run(signal: AbortSignal): Promise<void> {
    const ended = new Promise<void>((resolve) => (this.#end = resolve));
    const end = (): void => this.#end();
    signal.addEventListener('abort', end, { once: true });
    if (signal.aborted) end();
    const leave: (() => Promise<void> | void)[] = [() => this.#outboxEnd.abort(), () => this.#walk.close()];
    try {
      await this.#walk.open();
      const begun = await this.#restore();
      // A lease that is lost soon is followed by one that goes on from here: else what came meanwhile would be nobody's.
      if (!begun) await this.#checkpoints.save(this.#state());
      leave.push(await this.#followOthers());
      this.#learn();
      this.#walk.begin();
      this.#begun = true;
      const keeper = this.#keeper();
      const ticking = setInterval(() => this.#tickNow(), tickMs);
      await ended;
      clearInterval(ticking);
      await this.#walk.close();
      await keeper.close(this.own.held() ? stopMs : 0);
    } finally {
      this.#ended = true;
      signal.removeEventListener('abort', end);
      for (const each of leave) await each();
    }
  }

  /** @returns whether there was a state to go on from */
  async #restore(): Promise<boolean> {
    const checkpoint = await this.#load();
    const published = await publishedAlerts(this.own.bus, checkpoint?.alerts);
    this.#outbox.goOn(published);
    this.#strays.add(published.open);
    if (published.open.length > 0) this.#straysAfter = checkpoint ? published.after : 0;
    if (!checkpoint) {
      await this.#rulesets.begin(() => this.own.history.tables(nowUs()));
      return false;
    }
    this.#rulesets.restore(checkpoint.rulesets);
    this.#gap.resume(checkpoint.at_us);
    await this.#walk.goTo(checkpoint.place, nowUs() - this.own.parts.config.alertsMaxReplayMs * 1000);
    return true;
  }

  /** @returns what the engine has taken its state from @throws what NATS answers */
  async #load(): Promise<Checkpoint | undefined> {
    try {
      const checkpoint = await this.#checkpoints.load();
      if (checkpoint) this.engine.restore(checkpoint.engine);
      return checkpoint;
    } catch (error) {
      if (!isDamage(error)) throw error;
      this.own.parts.log.error(`the state of alerts cannot be read (${error.message}); alerts begin anew`);
      return undefined;
    }
  }

  /** Heartbeats and rulesets. @returns what ends it */
  async #followOthers(): Promise<() => Promise<void>> {
    const { agents } = this.own;
    await agents.complete();
    for (const agent of agents.agents) this.#heartbeat(agent);
    const leave = agents.onHeartbeat((agent) => this.#heartbeat(agent));
    this.#rulesets.start();
    return async () => {
      leave();
      await this.#rulesets.close();
    };
  }

  #keeper(): StateKeeper {
    return new StateKeeper({
      store: this.#checkpoints,
      counters: this.own.parts.counters,
      occurrences: this.#occurrences,
      take: () => this.#state(),
      flushed: () => this.#outbox.flushed(),
      held: this.own.held,
      lost: (error) => this.#failed(error),
    });
  }

  #state(): Checkpoint {
    this.#drain();
    return {
      place: this.#walk.place,
      rulesets: this.#rulesets.place,
      alerts: this.#straysAfter ?? this.#outbox.sequence,
      at_us: this.#gap.heard_us,
      engine: this.engine.snapshot(),
    };
  }

  #evaluate(batch: LiveBatch): void {
    try {
      this.engine.hear(batch.time_us);
      this.engine.rows(batch.source, batch.decisive, batch.order, batch.agentId);
      this.own.parts.counters.counter('alert_rows').add(batch.source.rows);
    } catch (error) {
      this.#occurrences.tell(alertRowsFailed, { sequence: batch.sequence, reason: textOf(error) });
    }
    this.#drain();
  }

  #missed(cause: MissedCause, batches: number): void {
    // The line is that of the live stream, which failed on it.
    if (cause === 'failed') this.own.parts.counters.counter(missedBatches.counter, cause).add(batches);
    else this.#occurrences.tell(alertBatchesMissed, { cause, batches });
  }

  #heartbeat({ heartbeat, at_ms }: KnownAgent): void {
    const { agent, run, lost } = heartbeat;
    this.#gap.look();
    this.engine.heartbeat(agent, Math.floor(at_ms * 1000), { run, lost });
    this.#drain();
  }

  /** Rules that compare with what was before are told of it; until then they say nothing. */
  #learn(): void {
    void this.own.history
      .teach(this.engine, nowUs(), () => this.#ended)
      .catch((error: unknown) =>
        this.#repeats.warn('history', `alert rules cannot be told what was before: ${textOf(error)}`),
      );
  }

  #tickNow(): void {
    // The lease of one who was stopped may be another's, which is not known yet: it heard nothing, so all is silent to it.
    if (!this.own.held()) return;
    this.#gap.look();
    if (!this.#walk.live || this.#gap.settling) return;
    this.#tick(nowUs());
    this.#straysEnd_ms = Math.min(this.#straysEnd_ms, Date.now() + straysMs);
    if (this.#straysAfter !== undefined && Date.now() >= this.#straysEnd_ms) this.#endStrays();
  }

  #endStrays(): void {
    const ends = this.#strays.end(this.engine.firing(), formatTimestamp(nowUs()));
    this.#straysAfter = undefined;
    if (ends.length === 0) return;
    this.#occurrences.tell(alertsEnded, { alerts: ends.length });
    this.#outbox.add(ends);
  }

  #noteGap(seconds: number): void {
    this.own.parts.log.log(
      `alert rules heard nothing for ${seconds} s; nothing is held for absent until agents have brought what they kept`,
    );
    this.engine.missedHeartbeats();
  }

  #tick(time_us: number): void {
    try {
      this.engine.tick(time_us);
    } catch (error) {
      this.#repeats.warn('tick', `alert rules fail on the time: ${textOf(error)}`);
    }
    this.#drain();
  }

  #drain(): void {
    const transitions = this.engine.drain();
    if (transitions.length === 0) return;
    const known = this.#strays.recognize(transitions, (id, alert) => this.engine.rename(id, alert));
    this.#outbox.add(known);
  }

  #failed(error: unknown): void {
    this.own.parts.log.error(`the evaluation of alert rules broke off: ${textOf(error)}`);
    this.#end();
  }
}

/** JSON that is none, a snapshot that is none, bytes that are not gzip: not what NATS answers. */
const isDamage = (error: unknown): error is Error =>
  error instanceof DamagedState || error instanceof RangeError;

const textOf = (error: unknown): string =>
  error instanceof Error ? (error.stack ?? error.message) : String(error);
