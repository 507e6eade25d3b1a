import rateLimit from '@fastify/rate-limit';
import { type FastifyInstance, type FastifyRequest } from 'fastify';
import { type Caller } from './token-book.js';

const minute_ms = 60_000;
/** Refused tries a minute from one address: without a login that is right, by a foreign page, with too long a URL. */
export const maxFailures = 60;

/** How many seconds to wait; undefined: go on. */
export type Wait = number | undefined;

/** Counts requests by token, or by address where there is none (of IPv6 the /64), in windows of a minute. */
export class RateLimits {
  readonly #callers = new WeakMap<FastifyRequest, string>();
  readonly #take: Take | undefined;
  readonly #fail: Take;

  /** @param perMinute 0 = any number */
  static async in(instance: FastifyInstance, perMinute: number): Promise<RateLimits> {
    await instance.register(rateLimit, { global: false });
    return new RateLimits(instance, perMinute);
  }

  private constructor(instance: FastifyInstance, perMinute: number) {
    const limiter = (max: number, named: boolean): Take => {
      const byAddress = instance.createRateLimit({ max, timeWindow: minute_ms });
      const byName = instance.createRateLimit({
        max,
        timeWindow: minute_ms,
        keyGenerator: (request) => this.#callers.get(request) ?? '',
      });
      return (request) => (named && this.#callers.has(request) ? byName : byAddress)(request);
    };
    this.#take = perMinute === 0 ? undefined : limiter(perMinute, true);
    this.#fail = limiter(maxFailures, false);
  }

  /** Counts a request of somebody who may ask. */
  async take(request: FastifyRequest, caller: Caller): Promise<Wait> {
    if (caller.by !== 'nobody') this.#callers.set(request, `${caller.by} ${caller.name}`);
    return this.#take && waitOf(await this.#take(request));
  }

  /** Counts a request that is refused before it is known whose it is: so that nobody fills the log. */
  async fail(request: FastifyRequest): Promise<Wait> {
    return waitOf(await this.#fail(request));
  }
}

type Take = ReturnType<FastifyInstance['createRateLimit']>;

function waitOf(counted: Awaited<ReturnType<Take>>): Wait {
  return !counted.isAllowed && counted.isExceeded ? Math.max(1, counted.ttlInSeconds) : undefined;
}
