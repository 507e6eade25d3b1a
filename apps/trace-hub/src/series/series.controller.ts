import { Controller, Get, Req, Res } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { type FastifyReply, type FastifyRequest } from 'fastify';
import { sendTable } from '../aggregate/table-reply.js';
import { ClientSignal } from '../http/client-signal.js';
import { ValidQuery } from '../http/valid-query.js';
import { ApiSeries } from '../openapi/group-operations.js';
import { SeriesQuery } from './series-query.js';
import { SeriesService } from './series.service.js';

@ApiTags('groups')
@Controller('api/v1/series')
export class SeriesController {
  constructor(private readonly series: SeriesService) {}

  @Get()
  @ApiSeries()
  async getSeries(
    @ValidQuery(SeriesQuery) query: SeriesQuery,
    @ClientSignal() signal: AbortSignal,
    @Req() request: FastifyRequest,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    sendTable({ request, reply }, query.format, await this.series.ask(query, signal));
  }
}
