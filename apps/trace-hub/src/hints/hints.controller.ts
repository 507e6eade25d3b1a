import { Controller, Get, Req, Res } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { type FastifyReply, type FastifyRequest } from 'fastify';
import { sendTable } from '../aggregate/table-reply.js';
import { ClientSignal } from '../http/client-signal.js';
import { ValidQuery } from '../http/valid-query.js';
import { ApiHints } from '../openapi/group-operations.js';
import { HintsQuery } from './hints-query.js';
import { HintsService, hintTable } from './hints.service.js';

@ApiTags('groups')
@Controller('api/v1/hints')
export class HintsController {
  constructor(private readonly hints: HintsService) {}

  @Get()
  @ApiHints()
  async getHints(
    @ValidQuery(HintsQuery) query: HintsQuery,
    @ClientSignal() signal: AbortSignal,
    @Req() request: FastifyRequest,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    const document = await this.hints.ask(query.request(), query.range(), signal);
    sendTable({ request, reply }, query.format, { document, table: hintTable(document) });
  }
}
