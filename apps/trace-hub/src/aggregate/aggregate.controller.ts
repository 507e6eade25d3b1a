import { Controller, Get, Req, Res } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { type FastifyReply, type FastifyRequest } from 'fastify';
import { ClientSignal } from '../http/client-signal.js';
import { ValidQuery } from '../http/valid-query.js';
import { ApiAggregate } from '../openapi/group-operations.js';
import { AggregateQuery } from './aggregate-query.js';
import { AggregateService } from './aggregate.service.js';
import { sendTable } from './table-reply.js';

@ApiTags('groups')
@Controller('api/v1/aggregate')
export class AggregateController {
  constructor(private readonly groups: AggregateService) {}

  @Get()
  @ApiAggregate()
  async aggregate(
    @ValidQuery(AggregateQuery) query: AggregateQuery,
    @ClientSignal() signal: AbortSignal,
    @Req() request: FastifyRequest,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    sendTable({ request, reply }, query.format, await this.groups.ask(query, signal));
  }
}
