import { type ServerResponse } from 'node:http';
import { type FastifyReply, type FastifyRequest } from 'fastify';
import { type Counters } from '#app-kit';
import { Problem } from '../http/problem.js';
import { shown } from '../http/raw-query.js';
import { hostFault } from '../http/refuse-raw.js';
import { type RouteMethods } from '../http/route-methods.js';
import { type QueryTimes } from '../metrics/query-times.js';
import { turnOf } from '../http/turn.js';
import { type HubConfig } from '../config.js';
import { type Access } from './access.js';
import { type AuditLog } from './audit.js';
import { hasLogins } from './exposure.js';
import { securityHeaders } from './headers.js';
import { identify } from './identify.js';
import { isHealth, neededRole } from './needed-role.js';
import { isForeignPage, isOwnHost } from './origin.js';
import { maxFailures, type RateLimits } from './rate-limits.js';
import { type Caller } from './token-book.js';
import { type Role } from './token-lines.js';

export interface GateParts {
  readonly access: Access;
  readonly limits: RateLimits;
  readonly audit: AuditLog;
  readonly counters: Counters;
  /** The host of server.endpoint. */
  readonly host: string;
  readonly routes: RouteMethods;
  readonly queryTimes: QueryTimes;
}

/** What a refusal bears beside its problem document. */
type Headers = Readonly<Record<string, string>>;

class Refusal extends Error {
  constructor(
    readonly problem: Problem,
    readonly headers: Headers = {},
  ) {
    super(problem.message);
  }
}

const refuse = (status: number, detail: string, headers?: Headers): never => {
  throw new Refusal(new Problem(status, detail), headers);
};

/** Where every request comes in: who it is, whether it may, and whether it is too much. */
export class Gate {
  readonly #config: HubConfig;
  readonly #names: ReadonlySet<string>;
  readonly #origins: ReadonlySet<string>;
  /** Of callers that are known, answers that have not ended: live streams above all. */
  readonly #running = new Map<ServerResponse, FastifyRequest>();

  constructor(private readonly parts: GateParts) {
    this.#config = parts.access.config;
    this.#names = new Set([parts.host, ...this.#config.serverNames]);
    this.#origins = new Set(this.#config.corsOrigins);
    const { tokens } = parts.access;
    if (tokens) tokens.onChange = () => this.#endRemoved();
  }

  /** Ends the answers to callers that may log in no more: a live stream would else go on for days. */
  #endRemoved(): void {
    for (const [raw, { raw: request, audited }] of this.#running) {
      const now = identify(request, this.parts.access.logins);
      if (!('name' in now) || now.name !== audited?.caller?.name || now.role !== audited.caller.role)
        raw.destroy();
    }
  }

  /** Lets a request through, or answers it with a problem. */
  async pass(request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply | undefined> {
    if (!(await turnOf(request.raw, reply.raw))) return reply.hijack();
    const route = request.routeOptions.url;
    // On the raw response: a handler that writes to that itself, as the live stream does, sends them too.
    for (const [name, value] of Object.entries({ ...securityHeaders, ...reply.getHeaders() })) {
      if (value !== undefined) reply.raw.setHeader(name, value);
    }
    try {
      const fault = hostFault(request.raw);
      if (fault !== undefined) refuse(400, fault);
      if (isHealth(route)) return undefined;
      await this.#check(request, reply, route);
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      const { status, details } = error.problem;
      this.parts.counters.counter('http_refused', String(status)).add();
      return reply.headers(error.headers).status(status).type('application/problem+json').send(details);
    }
    if (route === '/api/v1/stream') this.parts.audit.opened(request);
    else if (route?.startsWith('/api/')) this.#time(reply.raw, route);
    return undefined;
  }

  #time(raw: ServerResponse, route: string): void {
    const began_ms = performance.now();
    raw.once('close', () => this.parts.queryTimes.observe(route, (performance.now() - began_ms) / 1000));
  }

  async #check(request: FastifyRequest, reply: FastifyReply, route: string | undefined): Promise<void> {
    // Whoever may ask is told what a path has instead.
    const others = route === undefined ? this.parts.routes.of(pathOf(request)) : [];
    const role = others.length > 0 ? 'read' : neededRole(request.method, route);
    if (role !== undefined) this.parts.audit.begin(request, reply);
    const { url = '' } = request.raw;
    if (url.length > this.#config.maxUrl) {
      await this.#refuseUnknown(
        request,
        414,
        `the URL has ${url.length} bytes, and ${this.#config.maxUrl} are taken (server.max-url); ask for less at once`,
      );
    }
    if (role === undefined) return this.#limit(request, { name: '', role: 'read', by: 'nobody' });
    await this.#checkPage(request);
    const caller = await this.#identify(request);
    if (request.audited) request.audited.caller = caller;
    this.#running.set(reply.raw, request);
    reply.raw.once('close', () => this.#running.delete(reply.raw));
    await this.#limit(request, caller);
    this.#checkRole(caller, role);
    if (others.length > 0) refuseMethod(request, others);
  }

  async #checkPage(request: FastifyRequest): Promise<void> {
    const { headers } = request;
    // With logins a page that was rebound to us has none to show.
    if (!hasLogins(this.#config) && !isOwnHost(headers.host, this.#names)) {
      await this.#refuseUnknown(
        request,
        421,
        'the Host header names another host than this one; add the name to server.names if the hub is asked by it',
      );
    }
    if (isForeignPage(headers, this.#origins)) {
      const detail = 'a web page of another origin asks; add its origin to server.cors.origins if it may';
      await this.#refuseUnknown(request, 403, detail);
    }
  }

  /** Refuses somebody of whom it is not known yet who it is. */
  async #refuseUnknown(request: FastifyRequest, status: number, detail: string): Promise<never> {
    await this.#countFailure(request);
    return refuse(status, detail);
  }

  async #countFailure(request: FastifyRequest): Promise<void> {
    const wait = await this.parts.limits.fail(request);
    const what = `more than ${maxFailures} requests of this address were refused in a minute: wrong logins, pages of other origins, or URLs that are too long`;
    if (wait !== undefined) this.#tooMany(request, wait, what);
  }

  async #identify(request: FastifyRequest): Promise<Caller> {
    const identified = identify(request.raw, this.parts.access.logins);
    if ('name' in identified) return identified;
    await this.#countFailure(request);
    const { fault } = identified;
    const { book } = this.parts.access.logins;
    const wanted = book ? 'a token as "Authorization: Bearer …"' : 'a client certificate';
    if (fault === 'none') return refuse(401, `the hub asks for ${wanted}`, challenge());
    if (fault === 'malformed')
      return refuse(
        401,
        `the header Authorization is not understood; the hub asks for ${wanted}`,
        challenge('invalid_request'),
      );
    return refuse(401, 'the hub does not know this token', challenge('invalid_token'));
  }

  async #limit(request: FastifyRequest, caller: Caller): Promise<void> {
    const wait = await this.parts.limits.take(request, caller);
    const what = `these are more than ${this.#config.rateLimit} requests in a minute (server.rate-limit)`;
    if (wait !== undefined) this.#tooMany(request, wait, what);
  }

  #tooMany(request: FastifyRequest, wait_s: number, what: string): never {
    this.parts.audit.flood(request);
    return refuse(429, `${what}; ask again in ${wait_s} s`, { 'retry-after': String(wait_s) });
  }

  #checkRole({ name, role, by }: Caller, needed: Role): void {
    if (role === 'admin' || needed === 'read') return;
    const has =
      by === 'nobody'
        ? 'the hub has no logins; make one with `trace-hub token NAME --role admin`'
        : `${name} has the role ${role}; use a login with that role`;
    refuse(403, `this takes the role ${needed}, and ${has}`, challenge('insufficient_scope', needed));
  }
}

const pathOf = ({ raw }: FastifyRequest): string => raw.url?.split('?', 1)[0] ?? '';

function refuseMethod(request: FastifyRequest, allowed: readonly string[]): never {
  const allow = allowed.join(', ');
  const detail = `${pathOf(request)} does not take ${request.method}; use ${allowed.join(' or ')}`;
  return refuse(405, shown(detail), { allow });
}

function challenge(error?: string, scope?: string): Headers {
  const parts = [
    `realm="visor"`,
    ...(error ? [`error="${error}"`] : []),
    ...(scope ? [`scope="${scope}"`] : []),
  ];
  return { 'www-authenticate': `Bearer ${parts.join(', ')}` };
}
