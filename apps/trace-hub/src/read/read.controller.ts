import { Controller, Get, Req, Res } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { and, equal } from '#filter';
import { type FastifyReply, type FastifyRequest } from 'fastify';
import { Readable } from 'node:stream';
import { ClientSignal } from '../http/client-signal.js';
import { ValidQuery } from '../http/valid-query.js';
import { ApiRows } from '../openapi/operations.js';
import { acceptedFormat, contentTypes } from './accept.js';
import { ReadService } from './read.service.js';
import { RowsQuery } from './rows-query.js';

@ApiTags('rows')
@Controller('api/v1')
export class ReadController {
  constructor(private readonly reads: ReadService) {}

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
    const { portion, format = acceptedFormat(request.headers.accept) } = query;
    const asked = query.filter();
    const filter = decisive ? and([equal('decisive', true), ...(asked ? [asked] : [])]) : asked;
    const body = await this.reads.body(filter, portion, format, signal);
    void reply.header('content-type', contentTypes[format]).send(Readable.from(body, { objectMode: false }));
  }
}
