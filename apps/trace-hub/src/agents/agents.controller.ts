import { Controller, Get, Query, Req, Res } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { type FastifyReply, type FastifyRequest } from 'fastify';
import { Readable } from 'node:stream';
import { ApiAgents, ApiLosses } from '../openapi/agent-operations.js';
import { acceptedFormat, contentTypes } from '../read/accept.js';
import { answerOf } from '../read/answer.js';
import { formatOf, type RawQuery } from '../read/row-query.js';
import { agentJson } from './agent-json.js';
import { AgentsService } from './agents.service.js';
import { parseLossQuery, refuseOthers } from './loss-query.js';
import { LossRepository } from './loss.repository.js';

@ApiTags('agents')
@Controller('api/v1')
export class AgentsController {
  constructor(
    private readonly agents: AgentsService,
    private readonly losses: LossRepository,
  ) {}

  @Get('agents')
  @ApiAgents()
  listAgents(
    @Query() query: RawQuery,
    @Req() request: FastifyRequest,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    refuseOthers(query, ['format']);
    const now_ms = Date.now();
    const { agents } = this.agents;
    const lines = agents.map((agent) => `${JSON.stringify(agentJson(agent, now_ms))}\n`);
    return this.#answer(Readable.from(lines), formatOf(query), request, reply);
  }

  @Get('losses')
  @ApiLosses()
  async listLosses(
    @Query() query: RawQuery,
    @Req() request: FastifyRequest,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    const asked = parseLossQuery(query);
    await this.#answer(this.losses.chunks(asked.query), asked.format, request, reply);
  }

  async #answer(
    chunks: AsyncIterable<string>,
    asked: ReturnType<typeof formatOf>,
    request: FastifyRequest,
    reply: FastifyReply,
  ): Promise<void> {
    const format = asked ?? acceptedFormat(request.headers.accept);
    const body = await answerOf(chunks, format);
    void reply.header('content-type', contentTypes[format]).send(Readable.from(body, { objectMode: false }));
  }
}
