import { Resolver } from 'node:dns/promises';
import { printable } from './printable.js';
import { cut } from './width.js';

/** Names that are remembered; the one that was not used for longest goes first. */
const REMEMBERED = 4096;
const AT_ONCE = 16;
/** Addresses that wait for a lookup; one more is looked up when it is seen again. */
const WAITING = 1024;
const LOOKUP_MS = 1000;
const FOUND_MS = 10 * 60_000;
/** That there is no name; also that no server answered, which reads the same where /etc/hosts was asked, too. */
const NONE_MS = 60_000;
const SHOWN = 64;

/** Whoever owns an address chooses its name: what is no host name is none. */
const HOST_NAME = /^[\p{L}\p{N}\p{M}._-]+$/u;
const UNSPECIFIED = new Set(['', '::', '0.0.0.0']);

interface Known {
  readonly name: string;
  /** ms since 1970 */
  readonly until: number;
}

export interface HostNamesOptions {
  /** Name servers, `127.0.0.1:5353`; the system's unless given. */
  readonly servers?: readonly string[];
  /** ms since 1970 */
  readonly now?: () => number;
}

/** Names of addresses by reverse DNS. Asking never waits; what is found, and that there is none, is remembered. */
export class HostNames {
  readonly #known = new Map<string, Known>();
  readonly #underWay = new Map<string, Promise<void>>();
  readonly #waiting = new Set<string>();
  /** Each has one lookup at a time, so that an end of one is none of another. */
  readonly #idle: Resolver[] = [];
  readonly #busy = new Set<Resolver>();
  readonly #servers: readonly string[];
  readonly #now: () => number;
  #closed = false;

  constructor({ servers = [], now = Date.now }: HostNamesOptions = {}) {
    this.#servers = servers;
    this.#now = now;
  }

  /** @returns the address's name, safe to print; '' as long as it is not known, and where there is none */
  nameOf(address: string): string {
    const known = this.#known.get(address);
    if (known) {
      this.#known.delete(address);
      this.#known.set(address, known);
    }
    if (!known || known.until <= this.#now()) this.#want(address);
    return known?.name ?? '';
  }

  /** Resolves when these addresses are looked up, or after so many ms. */
  async settle(addresses: Iterable<string>, ms: number): Promise<void> {
    const end = this.#now() + ms;
    const pending = new Set(addresses);
    for (;;) {
      for (const address of pending) {
        this.nameOf(address);
        if (!this.#underWay.has(address) && !this.#waiting.has(address)) pending.delete(address);
      }
      const left = end - this.#now();
      if (pending.size === 0 || left <= 0) return;
      await Promise.race([...this.#underWay.values(), delay(left)]);
    }
  }

  /** Ends what is under way: nothing is looked up any more, and nothing keeps the process. */
  close(): void {
    this.#closed = true;
    this.#waiting.clear();
    for (const resolver of this.#busy) resolver.cancel();
  }

  #want(address: string): void {
    if (this.#closed || UNSPECIFIED.has(address) || this.#underWay.has(address)) return;
    if (this.#busy.size < AT_ONCE) this.#start(address);
    else if (this.#waiting.size < WAITING) this.#waiting.add(address);
  }

  #start(address: string): void {
    const resolver = this.#idle.pop() ?? this.#resolver();
    this.#busy.add(resolver);
    const done = this.#lookUp(resolver, address).then((known) => {
      this.#busy.delete(resolver);
      this.#idle.push(resolver);
      this.#underWay.delete(address);
      this.#remember(address, known);
      const [next] = this.#waiting;
      if (next === undefined || this.#closed) return;
      this.#waiting.delete(next);
      this.#start(next);
    });
    this.#underWay.set(address, done);
  }

  /** Never fails, and never takes much longer than LOOKUP_MS, however many servers there are. */
  async #lookUp(resolver: Resolver, address: string): Promise<Known> {
    const limit = setTimeout(() => resolver.cancel(), LOOKUP_MS).unref();
    const until = (ms: number): number => this.#now() + ms;
    try {
      const found = (await resolver.reverse(address)).map(printable).find((name) => HOST_NAME.test(name));
      if (found === undefined) return { name: '', until: until(NONE_MS) };
      return { name: cut(found.replace(/\.$/, ''), SHOWN), until: until(FOUND_MS) };
    } catch {
      return { name: '', until: until(NONE_MS) };
    } finally {
      clearTimeout(limit);
    }
  }

  #resolver(): Resolver {
    const resolver = new Resolver({ timeout: LOOKUP_MS, tries: 1 });
    if (this.#servers.length > 0) resolver.setServers(this.#servers);
    return resolver;
  }

  #remember(address: string, known: Known): void {
    this.#known.delete(address);
    this.#known.set(address, known);
    for (const oldest of this.#known.keys()) {
      if (this.#known.size <= REMEMBERED) return;
      this.#known.delete(oldest);
    }
  }
}

const delay = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms).unref());
