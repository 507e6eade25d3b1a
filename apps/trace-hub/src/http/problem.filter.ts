import { Catch, HttpException, type ArgumentsHost, type ExceptionFilter } from '@nestjs/common';
import { StoreError } from '#clickhouse';
import { FilterError } from '#filter';
import { type FastifyReply } from 'fastify';
import { HubParts } from '../parts.js';
import { badParameter, Problem, unavailable } from './problem.js';
import { shown } from './raw-query.js';

/** Answers every failed request with a problem document; what nobody expected is logged and told no one else. */
@Catch()
export class ProblemFilter implements ExceptionFilter {
  constructor(private readonly parts: HubParts) {}

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
    if (error instanceof FilterError) {
      return badParameter(error.field, error.value, error.message, { offset: error.offset, cause: error });
    }
    if (error instanceof StoreError) {
      this.parts.log.warn(error.message);
      // What ClickHouse says has its SQL and the hub's paths in it.
      return unavailable('ClickHouse failed on this request; the log of the hub tells why', error);
    }
    if (error instanceof HttpException && error.getStatus() < 500) {
      return new Problem(error.getStatus(), `${shown(error.message)}; /openapi.json tells what there is`);
    }
    const stack = error instanceof Error ? (error.stack ?? error.message) : JSON.stringify(error);
    this.parts.log.error(`a request failed: ${stack}`);
    return new Problem(500, 'the hub failed on this request; its log tells why');
  }
}
