import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { Occurrences } from '#app-kit';
import {
  type AlertMessage,
  alertMessageId,
  alertSeverities,
  type DeliveryInfo,
  matchesAlert,
  parseAlertMessage,
  type PastAlert,
  RejectBatch,
  RetryLater,
} from '#bus';
import { webhookAlertsGone, webhookNotices, webhookRetried } from '../alert-occurrences.js';
import { StormCap } from './storm-cap.js';
import { post, type PostAnswer } from './http-post.js';
import { signatureOf, webhookHeader } from './signature.js';
import { type Notice, webhookBody } from './webhook-body.js';
import { shownUrl } from './webhook-config.js';
import { type WebhookParts, type WebhookState, type WebhookTiming } from './webhook-parts.js';

const usualTiming: WebhookTiming = { retry_ms: 1000, mostRetry_ms: 60_000, summary_ms: 60_000 };

/** Refusals that another try may not meet. */
const passing = new Set([408, 425, 429]);
/** An end waits for the summary no longer than this. */
const lastSummary_ms = 2000;

/** Tells one receiver of alerts, one after the other. What it cannot take now comes again from the stream. */
export class Webhook {
  readonly #cap: StormCap;
  readonly #url: URL;
  readonly #ca: Buffer | undefined;
  readonly #timing: WebhookTiming;
  readonly #occurrences: Occurrences;
  readonly #stop = new AbortController();
  readonly #summaries: Promise<void>;
  #failing = false;
  #through = 0;
  #settled = false;
  #taken_ms = 0;
  #admitted = 0;
  #version = 0;

  /** @throws the system's error where its file of authorities cannot be read */
  constructor(private readonly parts: WebhookParts) {
    const { config, log, timing } = parts;
    this.#cap = new StormCap(config.maxPerMinute);
    this.#url = new URL(config.url);
    this.#ca = config.ca === '' ? undefined : readFileSync(config.ca);
    this.#timing = { ...usualTiming, ...timing };
    this.#occurrences = new Occurrences(log, parts.counters);
    this.#summaries = this.#tellSummaries();
  }

  get name(): string {
    return this.parts.config.name;
  }

  /** Whether the last request failed. */
  get failing(): boolean {
    return this.#failing;
  }

  /** Ends the request that is under way: its alert comes again. */
  interrupt(): void {
    this.#stop.abort();
  }

  /** Another number when `state` is another one. */
  get version(): number {
    return this.#version;
  }

  get state(): WebhookState {
    const [through, settled, admitted] = [this.#through, this.#settled, this.#admitted];
    return { through, settled, taken_ms: this.#taken_ms, admitted, cap: this.#cap.save() };
  }

  /** Goes on from where another hub was, or this one before. Before the first `take`. */
  restore({ through, settled, taken_ms = 0, admitted, cap }: WebhookState): void {
    this.#through = through;
    this.#settled = settled;
    this.#taken_ms = taken_ms;
    this.#admitted = admitted;
    this.#cap.load(cap);
  }

  /** A webhook that is new. @param through the message before its first */
  begin(through: number): void {
    this.#through = through;
  }

  /** Of an alert that a hub settled just before it was killed: it was told or held, as the cap has it. */
  recall({ sequence, at_ms, bytes }: PastAlert): void {
    this.#settle(sequence, at_ms);
    const alert = parseAlertMessage(bytes);
    if ('malformed' in alert || !this.#wants(alert)) return;
    const { id, state } = alert;
    if (state === 'firing' && alert.silenced) this.#cap.note(id, 'left_out');
    else if (state === 'resolved' && this.#cap.fateOf(id) === 'left_out') this.#cap.forget(id);
    else if (this.#admits(alert, sequence)) this.#noteTold(alert);
  }

  /** @param tell whether to tell what is held: nobody may do so soon */
  async close(tell: boolean): Promise<void> {
    this.#stop.abort();
    await this.#summaries;
    if (tell) await this.#tellHeld(AbortSignal.timeout(lastSummary_ms));
    if (tell && this.#cap.held > 0)
      this.parts.log.warn(
        `webhook ${this.name}: ${this.#cap.held} alerts that were held back wait for a hub that tells of them`,
      );
    this.#occurrences.flush();
  }

  /**
   * Resolves when the alert needs nothing more.
   * @throws RetryLater when the receiver is to be asked again, RejectBatch when it will not take it
   */
  async take(bytes: Uint8Array, info: DeliveryInfo): Promise<void> {
    // Another hub counts from now on.
    if (this.#stop.signal.aborted) throw new RetryLater('the hub stops', 0);
    // One that was stopped for long has it in hand of before.
    if (!this.#held()) throw new RetryLater('another hub may tell it', 0);
    if (this.#isSettled(info)) return;
    await this.#closeGap(info.sequence);
    try {
      await this.#take(bytes, info);
    } catch (error) {
      if (error instanceof RejectBatch) this.#settle(info.sequence, info.at_ms);
      throw error;
    }
    this.#settle(info.sequence, info.at_ms);
  }

  /**
   * Whether it was settled before, and the acknowledgement was lost: NATS that crashed forgets its last ones, and gives what was
   * told as if for the first time. A stream that was made anew has these numbers, too, of a later time.
   */
  #isSettled({ sequence, at_ms, deliveries }: DeliveryInfo): boolean {
    if (!this.#settled || sequence > this.#through) return false;
    return at_ms <= this.#taken_ms || (deliveries > 1 && sequence === this.#through);
  }

  #held(): boolean {
    return this.parts.held?.() ?? true;
  }

  /**
   * All alerts of the stream come, in their order: those in between the stream has dropped, or the hub before this one settled
   * after it was asked what it had settled. NATS takes an acknowledgement some time after it came.
   */
  async #closeGap(sequence: number): Promise<void> {
    let gone = sequence - this.#through - 1;
    if (gone <= 0) return;
    for await (const past of this.parts.between(this.#through, sequence - 1)) {
      this.recall(past);
      gone--;
    }
    this.#settle(sequence - 1);
    if (gone === 0) return;
    this.#occurrences.tell(webhookAlertsGone, { webhook: this.name, alerts: gone });
  }

  #settle(sequence: number, taken_ms = this.#taken_ms): void {
    this.#through = sequence;
    this.#taken_ms = taken_ms;
    this.#settled = true;
    this.#version++;
  }

  async #take(bytes: Uint8Array, info: DeliveryInfo): Promise<void> {
    const alert = parseAlertMessage(bytes);
    // The table's consumer shows it on visor.v1.rejected.
    if ('malformed' in alert) return this.#count('malformed');
    if (!this.#wants(alert)) return this.#count('unwanted');
    if (await this.#isLeftOut(alert)) return this.#leaveOut(alert);
    if (!this.#admits(alert, info.sequence)) return this.#count('held');
    await this.#tell(alert, info);
    this.#noteTold(alert);
  }

  /** @returns whether it passes the cap; it passes once, however often it comes */
  #admits(alert: AlertMessage, sequence: number): boolean {
    if (sequence === this.#admitted) return true;
    if (!this.#cap.passes(alert, Date.now())) return false;
    this.#admitted = sequence;
    this.#version++;
    return true;
  }

  #leaveOut({ id, state, silenced }: AlertMessage): void {
    if (state === 'resolved') this.#cap.forget(id);
    this.#count(silenced ? 'silenced' : 'unpaired');
  }

  #noteTold({ id, state }: AlertMessage): void {
    if (state === 'firing') this.#cap.note(id, 'told');
    else this.#cap.forget(id);
  }

  #wants(alert: AlertMessage): boolean {
    const { minSeverity, match } = this.parts.config;
    const rank = (severity: AlertMessage['severity']): number => alertSeverities.indexOf(severity);
    return rank(alert.severity) >= rank(minSeverity) && matchesAlert(match, alert);
  }

  /** A resolve goes where its firing went, whatever silences came and went between. */
  async #isLeftOut(alert: AlertMessage): Promise<boolean> {
    if (alert.state === 'firing') {
      if (alert.silenced) this.#cap.note(alert.id, 'left_out');
      return alert.silenced;
    }
    const known = this.#cap.fateOf(alert.id);
    return (known ?? (await this.parts.fateOf(alert.id))) === 'left_out';
  }

  async #tell(alert: AlertMessage, info: DeliveryInfo): Promise<void> {
    const { giveUpAfterMs } = this.parts.config;
    let answer: PostAnswer | undefined;
    let why: string;
    try {
      answer = await this.#send({ kind: 'alert', alert }, alertMessageId(alert), this.#stop.signal);
      if (isTaken(answer)) return this.#taken();
      why = `it answered ${answer.status}${answer.text === '' ? '' : ` ${JSON.stringify(answer.text)}`}`;
    } catch (error) {
      // It comes again, to another hub or after the start.
      if (this.#stop.signal.aborted) throw new RetryLater('the hub stops', 0);
      why = error instanceof Error ? error.message : String(error);
    }
    this.#failing = true;
    const sentence = `webhook ${this.name} at ${shownUrl(this.parts.config.url)}: ${why}`;
    if (answer && isFinal(answer.status)) this.#dead(alert, `${sentence}; that is not tried again`);
    if (Date.now() - info.at_ms >= giveUpAfterMs)
      this.#dead(alert, `${sentence}; it is given up after ${giveUpAfterMs / 1000} s (give-up-after)`);
    this.#occurrences.tell(webhookRetried, {
      webhook: this.name,
      reason: sentence,
      until_s: giveUpAfterMs / 1000,
    });
    throw new RetryLater(sentence, this.#waitFor(info.deliveries, answer));
  }

  #waitFor(deliveries: number, answer: PostAnswer | undefined): number {
    const { retry_ms, mostRetry_ms } = this.#timing;
    const backoff = retry_ms * 2 ** Math.min(deliveries - 1, 20);
    const asked = 1000 * (answer?.retryAfter_s ?? 0);
    return Math.min(mostRetry_ms, Math.max(asked, backoff));
  }

  /** @throws RejectBatch */
  #dead(alert: AlertMessage, sentence: string): never {
    this.#count('dead');
    // Its resolve would be the end of nothing.
    if (alert.state === 'firing') this.#cap.note(alert.id, 'left_out');
    throw new RejectBatch('webhook', sentence);
  }

  #taken(): void {
    this.#count('taken');
    if (this.#failing) this.parts.log.log(`webhook ${this.name} takes alerts again`);
    this.#failing = false;
  }

  #send(notice: Notice, delivery: string, signal: AbortSignal): Promise<PostAnswer> {
    const { form, secret, authorization, timeoutMs } = this.parts.config;
    const body = webhookBody(form, notice);
    const timestamp = String(Math.floor(Date.now() / 1000));
    const headers = {
      'content-type': 'application/json',
      'user-agent': 'trace-hub',
      [webhookHeader.delivery]: delivery,
      [webhookHeader.timestamp]: timestamp,
      ...(secret && { [webhookHeader.signature]: signatureOf(secret, timestamp, body) }),
      ...(authorization && { authorization }),
    };
    return post(this.#url, { headers, body, timeoutMs, ca: this.#ca, signal });
  }

  async #tellSummaries(): Promise<void> {
    const { signal } = this.#stop;
    while (!signal.aborted) {
      await sleep(this.#timing.summary_ms, undefined, { signal, ref: false }).catch(() => undefined);
      if (!signal.aborted && this.#held()) await this.#tellHeld(signal);
    }
  }

  async #tellHeld(signal: AbortSignal): Promise<void> {
    const held = this.#cap.take(Date.now());
    if (!held) return;
    const answer = await this.#send({ kind: 'held', held }, `held.${held.until}`, signal).catch(
      () => undefined,
    );
    this.#version++;
    if (!answer || !isTaken(answer)) return this.#cap.giveBack(held);
    this.#cap.toldAll();
    this.#count('summary');
  }

  #count(outcome: string, alerts = 1): void {
    this.parts.counters.counter(webhookNotices.counter, outcome).add(alerts);
  }
}

const isTaken = ({ status }: PostAnswer): boolean => status >= 200 && status < 300;
const isFinal = (status: number): boolean => status < 500 && !passing.has(status);
