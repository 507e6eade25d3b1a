import { Controller, Get, Req, Res } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { selectLosses } from '#clickhouse';
import { type FastifyReply, type FastifyRequest } from 'fastify';
import { Readable } from 'node:stream';
import { EmptyAnswers } from '../aggregate/empty-answer.service.js';
import { ClientSignal } from '../http/client-signal.js';
import { ValidQuery } from '../http/valid-query.js';
import { ApiAgents, ApiLosses } from '../openapi/agent-operations.js';
import { QueryService } from '../query/query.service.js';
import { acceptedFormat } from '../read/accept.js';
import { rowsDocument, tablePieces } from '../read/answer.js';
import { sendPieces } from '../read/row-reply.js';
import { agentJson } from './agent-json.js';
import { AgentsQuery } from './agents-query.js';
import { AgentsService } from './agents.service.js';
import { LossesQuery } from './loss-query.js';

@ApiTags('agents')
@Controller('api/v1')
export class AgentsController {
  constructor(
    private readonly agents: AgentsService,
    private readonly queries: QueryService,
    private readonly empties: EmptyAnswers,
  ) {}

  @Get('agents')
  @ApiAgents()
  async listAgents(
    @ValidQuery(AgentsQuery) query: AgentsQuery,
    @Req() request: FastifyRequest,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    const now_ms = Date.now();
    const { page, next } = query.pageOf(this.agents.agents);
    const lines = page.map((agent) => `${JSON.stringify(agentJson(agent, now_ms))}\n`);
    const accepted = acceptedFormat(request.headers.accept) === 'jsonl' ? 'jsonl' : 'json';
    const { format = accepted } = query;
    const pieces =
      format === 'json'
        ? rowsDocument(Readable.from(lines), () => (next === undefined ? {} : { next }))
        : linesOneByOne(lines);
    await sendPieces(reply, format, pieces);
  }

  @Get('losses')
  @ApiLosses()
  async listLosses(
    @ValidQuery(LossesQuery) query: LossesQuery,
    @ClientSignal() signal: AbortSignal,
    @Req() request: FastifyRequest,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    const { format = acceptedFormat(request.headers.accept) } = query;
    const statement = selectLosses(query.losses());
    const more = (count: number) => (count > 0 ? {} : this.empties.explain(statement, query.time(), signal));
    await sendPieces(reply, format, tablePieces(this.queries, statement, { format, signal }, more));
  }
}

async function* linesOneByOne(lines: readonly string[]): AsyncGenerator<string> {
  yield* Readable.from(lines) as AsyncIterable<string>;
}
