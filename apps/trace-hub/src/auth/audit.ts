import { type ServerResponse } from 'node:http';
import { type FastifyReply, type FastifyRequest } from 'fastify';
import { type Log, Repeats, withLogFields } from '#app-kit';
import { type AuditLevel } from '../server-config.js';
import { maskTokens } from './token.js';
import { type Caller } from './token-book.js';

/** Longer queries are cut. */
const maxQuery = 4096;
const secretName = /token|secret|passw|authorization|api.?key/i;

/** What is known of a request while it runs. */
export interface Audited {
  caller: Caller | undefined;
  /** Rows of the answer, where a handler counts them. */
  rows?: number;
  /** It is not known any more when the connection has broken off. */
  readonly address: string;
  readonly bytesBefore: number;
  readonly began_ms: number;
}

declare module 'fastify' {
  interface FastifyRequest {
    /** For the audit log; not there where a request is none of a query. */
    audited: Audited | undefined;
  }
}

/**
 * The audit log: a line for each query when its answer has ended, `audit` and a JSON object. All but printable ASCII is
 * escaped in it, so that nothing that somebody asks for can look like a line or act on a terminal.
 */
export class AuditLog {
  readonly #repeats: Repeats;

  constructor(
    private readonly log: Log,
    private readonly level: AuditLevel,
  ) {
    this.#repeats = new Repeats(log);
  }

  begin(request: FastifyRequest, { raw }: FastifyReply): void {
    request.audited = {
      caller: undefined,
      address: request.ip,
      bytesBefore: request.raw.socket.bytesWritten ?? 0,
      began_ms: performance.now(),
    };
    // Fastify's own hook is not called for an answer that breaks off.
    raw.once('close', () => this.#ended(request, raw));
  }

  /** A live stream is told of when it begins too: its end may be days away. */
  opened(request: FastifyRequest): void {
    this.#write({ ...who(request), event: 'opened', ...what(request), request_id: request.id });
  }

  #ended(request: FastifyRequest, raw: ServerResponse): void {
    const { audited } = request;
    if (!audited) return;
    this.#write({
      ...who(request),
      ...what(request),
      status: raw.statusCode,
      ...(audited.rows !== undefined && { rows: audited.rows }),
      bytes: Math.max(0, (request.raw.socket.bytesWritten ?? 0) - audited.bytesBefore),
      ms: Math.round(performance.now() - audited.began_ms),
      ...(!raw.writableFinished && { broken_off: true }),
      request_id: request.id,
    });
  }

  /** What comes too often is told of once a while. */
  flood(request: FastifyRequest): void {
    if (this.level !== 'off') {
      this.#repeats.warn('flood', `audit ${line({ ...who(request), event: 'too many requests' })}`);
    }
    request.audited = undefined;
  }

  stop(): void {
    this.#repeats.flush();
  }

  #write(entry: Readonly<Record<string, unknown>> & { readonly request_id: string }): void {
    const { request_id } = entry;
    // The end of a connection is nobody's: the request is not what runs then.
    withLogFields({ request_id }, () => {
      if (this.level === 'info') this.log.log(`audit ${line(entry)}`);
      else if (this.level === 'debug') this.log.debug(`audit ${line(entry)}`);
    });
  }
}

function who(request: FastifyRequest): Record<string, unknown> {
  const { caller, address = request.ip } = request.audited ?? {};
  return { ...(caller && caller.name !== '' && { who: caller.name, by: caller.by }), address };
}

function what({ method, url }: FastifyRequest): Record<string, unknown> {
  const [path = '', query = ''] = url.split(/\?(.*)/s);
  // Masked before it is cut: of what begins in the one part and ends in the other half would be shown.
  return {
    method,
    path: cut(maskTokens(path)),
    ...(query !== '' && { query: cut(withoutSecrets(query)) }),
  };
}

const cut = (text: string): string => (text.length > maxQuery ? `${text.slice(0, maxQuery)}…` : text);

/** Nobody should send a secret in a URL; who does must not find it in the log. */
function withoutSecrets(query: string): string {
  const parts = query.split('&').map((part) => {
    const name = part.split('=', 1)[0] ?? '';
    return secretName.test(name) ? `${name}=***` : part;
  });
  return maskTokens(parts.join('&'));
}

function line(entry: Readonly<Record<string, unknown>>): string {
  const escaped = (char: string): string => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`;
  return maskTokens(JSON.stringify(entry)).replace(/[^\x20-\x7e]/g, escaped);
}
