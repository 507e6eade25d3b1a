import { Controller, Get, Param, Req, Res } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { type FastifyReply, type FastifyRequest } from 'fastify';
import { acceptedTable, tableTypes } from '../aggregate/table-format.js';
import { ClientSignal } from '../http/client-signal.js';
import { ValidQuery } from '../http/valid-query.js';
import { ApiPacket } from '../openapi/group-operations.js';
import { packetDigits, PacketQuery } from './packet-query.js';
import { PacketService } from './packet.service.js';

@ApiTags('rows')
@Controller('api/v1/packets/:id')
export class PacketController {
  constructor(private readonly packets: PacketService) {}

  @Get()
  @ApiPacket()
  async getPacket(
    @Param('id') id: string,
    @ValidQuery(PacketQuery) query: PacketQuery,
    @ClientSignal() signal: AbortSignal,
    @Req() request: FastifyRequest,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    const lines = (query.format ?? acceptedTable(request.headers.accept)) === 'jsonl';
    const found = await this.packets.find(packetDigits(id), query, signal);
    const text = lines ? found.path.map((row) => `${JSON.stringify(row)}\n`).join('') : JSON.stringify(found);
    void reply.header('content-type', tableTypes[lines ? 'jsonl' : 'json']).send(text);
  }
}
