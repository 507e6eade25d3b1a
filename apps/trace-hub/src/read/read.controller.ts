import { Controller, Get, Req, Res } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { type FastifyReply, type FastifyRequest } from 'fastify';
import { ClientSignal } from '../http/client-signal.js';
import { ValidQuery } from '../http/valid-query.js';
import { ApiRows } from '../openapi/operations.js';
import { HubParts } from '../parts.js';
import { acceptedFormat, contentTypes } from './accept.js';
import { RowAnswers } from './row-answers.service.js';
import { planRows } from './row-plan.js';
import { sendPieces } from './row-reply.js';
import { RowsQuery } from './rows-query.js';

@ApiTags('rows')
@Controller('api/v1')
export class ReadController {
  constructor(
    private readonly answers: RowAnswers,
    private readonly parts: HubParts,
  ) {}

  @Get('packets')
  @ApiRows({ id: 'listPackets', summary: 'Packets: the hop that decided, one row a packet' })
  packets(
    @ValidQuery(RowsQuery) query: RowsQuery,
    @ClientSignal() signal: AbortSignal,
    @Req() request: FastifyRequest,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    return this.#answer(query, true, signal, request, reply);
  }

  @Get('traces')
  @ApiRows({ id: 'listTraces', summary: 'Hops: one row a rule or policy that a packet met' })
  traces(
    @ValidQuery(RowsQuery) query: RowsQuery,
    @ClientSignal() signal: AbortSignal,
    @Req() request: FastifyRequest,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    return this.#answer(query, false, signal, request, reply);
  }

  async #answer(
    query: RowsQuery,
    decisive: boolean,
    signal: AbortSignal,
    request: FastifyRequest,
    reply: FastifyReply,
  ): Promise<void> {
    const plan = planRows(query, decisive, acceptedFormat(request.headers.accept), this.parts.config);
    const { format } = plan;
    if (format !== 'json') return sendPieces(reply, format, this.answers.stream({ ...plan, format }, signal));
    const body = await this.answers.document(plan, signal);
    void reply.header('content-type', contentTypes.json).send(body);
  }
}
