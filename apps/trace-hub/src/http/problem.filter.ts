import { Catch, HttpException, type ArgumentsHost, type ExceptionFilter } from '@nestjs/common';
import { StoreError } from '#clickhouse';
import { formatSize, Occurrences } from '#app-kit';
import { FilterError } from '#filter';
import { type FastifyReply } from 'fastify';
import { requestFailed } from '../occurrences.js';
import { HubParts } from '../parts.js';
import { problemOfQuery } from '../query/query-problem.js';
import { Problem, problemOfFilter } from './problem.js';
import { shown } from './raw-query.js';

/** Answers every failed request with a problem document; what nobody expected is logged and told no one else. */
@Catch()
export class ProblemFilter implements ExceptionFilter {
  readonly #occurrences: Occurrences;

  constructor(private readonly parts: HubParts) {
    this.#occurrences = new Occurrences(parts.log, parts.counters);
  }

  catch(error: unknown, host: ArgumentsHost): void {
    const reply = host.switchToHttp().getResponse<FastifyReply>();
    const problem = this.#problemOf(error);
    if (reply.sent || reply.raw.headersSent) {
      reply.raw.destroy();
      return;
    }
    if (problem.retryAfter_s !== undefined) void reply.header('retry-after', String(problem.retryAfter_s));
    void reply.status(problem.status).type('application/problem+json').send(problem.details);
  }

  #problemOf(error: unknown): Problem {
    if (error instanceof Problem) return error;
    if (error instanceof FilterError) return problemOfFilter(error);
    if (error instanceof StoreError) {
      const told = problemOfQuery(error, this.parts.config, this.#occurrences, this.parts.log);
      if (told instanceof Problem) return told;
    }
    if (error instanceof HttpException && error.getStatus() < 500) {
      return new Problem(error.getStatus(), this.#sentence(error));
    }
    const text = error instanceof Error ? (error.stack ?? error.message) : JSON.stringify(error);
    this.#occurrences.tell(requestFailed, { error: text });
    return new Problem(500, 'the hub failed on this request; its log tells why');
  }

  /** What the framework refuses it does without telling what is taken. */
  #sentence(error: HttpException): string {
    if (error.getStatus() === 413) {
      const most = formatSize(this.parts.config.maxBody);
      return `the body has more than ${most} (server.max-body); send less, or raise it`;
    }
    if (error.getStatus() === 415) return "the body's Content-Type is not known; send application/json";
    return `${shown(error.message)}; /openapi.json tells what there is`;
  }
}
