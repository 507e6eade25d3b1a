import { Controller, Get, Query, Req, Res } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { type FastifyReply, type FastifyRequest } from 'fastify';
import { ApiStream } from '../openapi/operations.js';
import { type RawQuery } from '../read/row-query.js';
import { SseWriter } from './sse-writer.js';
import { StreamService } from './stream.service.js';
import { parseStreamQuery } from './stream-query.js';

@ApiTags('live')
@Controller('api/v1')
export class StreamController {
  constructor(private readonly streams: StreamService) {}

  @Get('stream')
  @ApiStream()
  stream(@Query() query: RawQuery, @Req() request: FastifyRequest, @Res() reply: FastifyReply): void {
    const parsed = parseStreamQuery(query);
    this.streams.refuseWhileAway();
    reply.hijack();
    const writer = new SseWriter(reply.raw);
    const session = this.streams.open(parsed, writer);
    request.raw.once('close', () => session.stop());
  }
}
