import { Controller, Get, Req, Res } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { type FastifyReply, type FastifyRequest } from 'fastify';
import { single } from '../http/raw-query.js';
import { ValidQuery } from '../http/valid-query.js';
import { ApiStream } from '../openapi/operations.js';
import { sendHead } from '../read/row-reply.js';
import { StreamService } from './stream.service.js';
import { streamQuery, StreamParameters } from './stream-query.js';

@ApiTags('live')
@Controller('api/v1')
export class StreamController {
  constructor(private readonly streams: StreamService) {}

  @Get('stream')
  @ApiStream()
  stream(
    @ValidQuery(StreamParameters) parameters: StreamParameters,
    @Req() request: FastifyRequest,
    @Res() reply: FastifyReply,
  ): void {
    const query = streamQuery(parameters, single(request.headers, 'last-event-id'));
    this.streams.refuse(request.ip);
    if (request.method === 'HEAD') return sendHead(reply, 'text/event-stream; charset=utf-8');
    reply.hijack();
    const session = this.streams.open(query, reply.raw, request.ip);
    reply.raw.once('close', () => session.stop());
  }
}
