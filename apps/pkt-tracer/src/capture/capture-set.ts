import { type Log, Repeats } from '#app-kit';
import { missingNamespace } from '#netlink';
import { type Endpoint } from '#nftrace';
import { type PackedPrefixes } from '#sgroups';
import { Capture, type CaptureSink } from './capture.js';
import { noCounts, sumCounts } from './capture-counts.js';
import { Deferred } from './deferred.js';
import { type CaptureCounts, type CaptureSettings, shared } from './messages.js';
import { ALL_NAMED, findNamespaces, keepsName, type NamespaceTarget } from './namespaces.js';
import { packetShares } from './packet-shares.js';

/** How often namespaces are looked for */
const SCAN_MS = 250;
/** How long a namespace whose capture failed is left alone */
const RETRY_MS = 5000;
const SHARE_MS = 1000;

type Shared = 'netns' | 'netnsPath' | 'packetLimit' | 'shared';

export interface CaptureSetOptions extends Omit<CaptureSettings, Shared> {
  /** Words of `capture.netns` */
  wanted: readonly string[];
  /** Threads that memory allows */
  maxNamespaces: number;
  /** Packets a second whose rows are published, of all namespaces together; 0 = all */
  maxPacketsPerSecond: number;
}

interface Running {
  target: NamespaceTarget;
  capture: Capture;
  packetLimit: SharedArrayBuffer;
  /** Packets at the last second's end, and in that second */
  packets: number;
  seen: number;
  state: 'starting' | 'tracing' | 'stopping';
}

/** One capture thread for each network namespace that is wanted and there, as they come and go. */
export class CaptureSet {
  readonly #running = new Map<number, Running>();
  /** Threads that are on their way to their end; their counts go to `#past` then */
  readonly #stopping = new Set<Promise<void>>();
  readonly #retryAt_ms = new Map<number, number>();
  readonly #shared = new SharedArrayBuffer(4 * shared.length);
  readonly #repeats: Repeats;
  readonly #ended = new Deferred();
  readonly #timers: NodeJS.Timeout[] = [];
  #past = noCounts;
  #pastCpu_us = 0;
  #endpoints: Endpoint[] = [];
  #prefixes: PackedPrefixes | undefined;
  #told = new Set<string>();

  constructor(
    private readonly options: CaptureSetOptions,
    private readonly sink: CaptureSink,
    private readonly log: Log,
  ) {
    this.#repeats = new Repeats(log);
  }

  /** Settles when the agent's own namespace can no longer be traced: rejected with the reason */
  get ended(): Promise<void> {
    return this.#ended.promise;
  }

  /** Everything so far, of all namespaces that are or were traced */
  get counts(): CaptureCounts {
    const now = [...this.#running.values()].map(({ capture }) => capture.counts ?? noCounts);
    return sumCounts([this.#past, ...now]);
  }

  /** CPU time of all capture threads that are or were, µs */
  get cpu_us(): number {
    return [...this.#running.values()].reduce((sum, { capture }) => sum + capture.cpu_us, this.#pastCpu_us);
  }

  /** The newest ruleset generation seen, of the namespace that is traced the longest; undefined before any change */
  get generation(): number | undefined {
    const [first] = this.#running.values();
    return first?.capture.generation;
  }

  /** @returns an id that no other batch of this run has: those of capture threads are counted with it */
  nextBatchId(): bigint {
    const number = Atomics.add(new Int32Array(this.#shared), shared.nextBatch, 1);
    return (BigInt(this.options.run) << 32n) | BigInt(number >>> 0);
  }

  /** What is traced now, as column `netns` says it */
  get namespaces(): string[] {
    return [...this.#running.values()]
      .filter(({ state }) => state === 'tracing')
      .map(({ target }) => target.netns);
  }

  /** @throws NetlinkError, RulesetError when what is there cannot be traced, or nothing of what is wanted is there */
  async start(): Promise<void> {
    const { targets, missing } = findNamespaces(this.options.wanted);
    const [first] = missing;
    if (targets.length === 0 && first !== undefined && !this.options.wanted.includes(ALL_NAMED)) {
      throw missingNamespace(first);
    }
    this.#tellMissing(missing);
    await this.#addFirst(this.#room(targets));
    this.#timers.push(
      setInterval(() => this.#scan(), SCAN_MS),
      setInterval(() => this.#measure(), SHARE_MS),
    );
  }

  /** The NATS servers that the agent is connected to now: their packets are left out. */
  ownServers(endpoints: Endpoint[]): void {
    this.#endpoints = endpoints;
    for (const { capture } of this.#running.values()) capture.ownServers(endpoints);
  }

  /** Networks and security groups, of the packets that come from now on. */
  sgroups(prefixes: PackedPrefixes): void {
    this.#prefixes = prefixes;
    for (const { capture } of this.#running.values()) capture.sgroups(prefixes);
  }

  /** Delivers what was received so far and ends all threads. */
  async stop(): Promise<void> {
    for (const timer of this.#timers) clearInterval(timer);
    for (const inode of [...this.#running.keys()]) this.#remove(inode);
    await Promise.all(this.#stopping);
    this.#repeats.flush();
    this.#ended.resolve();
  }

  async #add(target: NamespaceTarget): Promise<void> {
    const packetLimit = new SharedArrayBuffer(4);
    const settings = {
      ...this.options,
      ...target,
      netnsPath: target.path,
      packetLimit,
      shared: this.#shared,
    };
    const capture = new Capture(settings, this.sink, this.log);
    const running: Running = { target, capture, packetLimit, packets: 0, seen: 0, state: 'starting' };
    this.#running.set(target.inode, running);
    this.#share();
    capture.ended.catch((error: Error) => this.#failed(target, error));
    // before the ruleset, and so before the first event is read
    if (this.#prefixes) capture.sgroups(this.#prefixes);
    await capture.start();
    if (running.state === 'starting') running.state = 'tracing';
    capture.ownServers(this.#endpoints);
    this.log.log(`tracing ${nameOf(target)} as agent ${this.options.agentId}`);
  }

  /**
   * Waits for the namespaces that were asked for by a word of their own. One that cannot be traced does not keep the
   * others from it; where none can, there is no start.
   */
  async #addFirst(targets: readonly NamespaceTarget[]): Promise<void> {
    for (const target of targets.filter((t) => !t.asked)) this.#addLater(target);
    const asked = targets.filter((t) => t.asked);
    const results = await Promise.allSettled(asked.map((target) => this.#add(target)));
    const failed = asked.flatMap((target, at) => {
      const result = results[at];
      return result?.status === 'rejected' ? [{ target, error: result.reason as Error }] : [];
    });
    const fatal =
      failed.find(({ target }) => target.path === '') ??
      (failed.length === targets.length ? failed[0] : undefined);
    if (fatal) throw fatal.error;
    for (const { target, error } of failed) this.#failed(target, error);
  }

  #addLater(target: NamespaceTarget): void {
    this.#add(target).catch((error: Error) => this.#failed(target, error));
  }

  #scan(): void {
    const { targets, missing } = findNamespaces(this.options.wanted);
    this.#tellMissing(missing);
    const there = new Map(targets.map((target) => [target.inode, target]));
    for (const [inode, { target, state, capture }] of this.#running) {
      // a thread within keeps a namespace alive that nobody else wants any more
      if (state === 'stopping' || keepsName(target, there.get(inode))) continue;
      this.log.log(`${nameOf(target)} is gone, its capture ends`);
      this.#remove(inode);
      capture.gone();
    }
    const now_ms = performance.now();
    for (const [inode, at_ms] of this.#retryAt_ms) if (now_ms >= at_ms) this.#retryAt_ms.delete(inode);
    const due = targets.filter(({ inode }) => !this.#retryAt_ms.has(inode));
    for (const target of this.#room(due)) this.#addLater(target);
  }

  #remove(inode: number): void {
    const running = this.#running.get(inode);
    if (!running || running.state === 'stopping') return;
    running.state = 'stopping';
    const stopping = running.capture.stop().then(() => {
      this.#past = sumCounts([this.#past, running.capture.counts ?? noCounts]);
      this.#pastCpu_us += running.capture.cpu_us;
      this.#running.delete(inode);
      this.#stopping.delete(stopping);
    });
    this.#stopping.add(stopping);
  }

  #failed(target: NamespaceTarget, error: Error): void {
    if (target.path === '') return this.#ended.reject(error);
    const running = this.#running.get(target.inode);
    if (!running || running.state === 'stopping') return;
    this.#remove(target.inode);
    running.capture.gone();
    this.#retryAt_ms.set(target.inode, performance.now() + RETRY_MS);
    this.#repeats.warn(
      `failed ${target.netns}`,
      `${nameOf(target)} is not traced: ${error.message}; trying again`,
    );
  }

  /** @returns those that are not traced yet, as many as memory has room for beside those that are */
  #room(targets: NamespaceTarget[]): NamespaceTarget[] {
    const { maxNamespaces } = this.options;
    const others = targets.filter(({ inode }) => !this.#running.has(inode));
    const room = Math.max(0, maxNamespaces - this.#running.size);
    // who waits for another's end only is not worth a word
    for (const target of others.slice(room + this.#stopping.size)) {
      const why = `limits.max-memory has room for ${maxNamespaces} namespace${maxNamespaces === 1 ? '' : 's'}`;
      this.#repeats.warn(`room ${target.netns}`, `${nameOf(target)} is not traced: ${why}`);
    }
    return others.slice(0, room);
  }

  #tellMissing(missing: readonly string[]): void {
    for (const netns of missing) {
      if (!this.#told.has(netns)) this.log.warn(`network namespace ${netns} does not exist; waiting for it`);
    }
    this.#told = new Set(missing);
  }

  #measure(): void {
    for (const entry of this.#running.values()) {
      const packets = entry.capture.counts?.packets ?? 0;
      entry.seen = packets - entry.packets;
      entry.packets = packets;
    }
    this.#share();
  }

  #share(): void {
    const running = [...this.#running.values()];
    const seen = running.map((entry) => entry.seen);
    const shares = packetShares(this.options.maxPacketsPerSecond, seen);
    for (const [at, entry] of running.entries()) {
      Atomics.store(new Int32Array(entry.packetLimit), 0, shares[at] ?? 0);
    }
  }
}

function nameOf({ netns }: NamespaceTarget): string {
  return netns === '' ? "the agent's network namespace" : `network namespace ${netns}`;
}
