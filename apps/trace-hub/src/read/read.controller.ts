import { Controller, Get, Query, Req, Res } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { type FastifyReply, type FastifyRequest } from 'fastify';
import { Readable } from 'node:stream';
import { ApiRows } from '../openapi/operations.js';
import { acceptedFormat, contentTypes } from './accept.js';
import { ReadService } from './read.service.js';
import { parseRowQuery, type RawQuery } from './row-query.js';

@ApiTags('rows')
@Controller('api/v1')
export class ReadController {
  constructor(private readonly reads: ReadService) {}

  @Get('packets')
  @ApiRows({ id: 'listPackets', summary: 'Packets: the hop that decided, one row a packet' })
  packets(
    @Query() query: RawQuery,
    @Req() request: FastifyRequest,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    return this.#answer(query, true, request, reply);
  }

  @Get('traces')
  @ApiRows({ id: 'listTraces', summary: 'Hops: one row a rule or policy that a packet met' })
  traces(
    @Query() query: RawQuery,
    @Req() request: FastifyRequest,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    return this.#answer(query, false, request, reply);
  }

  async #answer(
    query: RawQuery,
    decisive: boolean,
    request: FastifyRequest,
    reply: FastifyReply,
  ): Promise<void> {
    const {
      filter,
      portion,
      format = acceptedFormat(request.headers.accept),
    } = parseRowQuery(query, decisive);
    const body = await this.reads.body(filter, portion, format);
    void reply.header('content-type', contentTypes[format]).send(Readable.from(body, { objectMode: false }));
  }
}
