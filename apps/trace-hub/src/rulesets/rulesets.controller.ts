import { Controller, Get, Param, Req, Res } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { selectRulesets } from '#clickhouse';
import { type FastifyReply, type FastifyRequest } from 'fastify';
import { EmptyAnswers } from '../aggregate/empty-answer.service.js';
import { ClientSignal } from '../http/client-signal.js';
import { ValidQuery } from '../http/valid-query.js';
import { ApiRulesetDiff, ApiRulesets, ApiRulesetVersion } from '../openapi/ruleset-operations.js';
import { QueryService } from '../query/query.service.js';
import { acceptedFormat } from '../read/accept.js';
import { tablePieces } from '../read/answer.js';
import { sendPieces } from '../read/row-reply.js';
import {
  acceptedText,
  checkVersion,
  DiffQuery,
  RulesetsQuery,
  type TextFormat,
  VersionQuery,
} from './ruleset-query.js';
import { RulesetsService } from './rulesets.service.js';

const types = {
  json: 'application/json; charset=utf-8',
  text: 'text/plain; charset=utf-8',
} satisfies Record<TextFormat, string>;

@ApiTags('rulesets')
@Controller('api/v1/rulesets')
export class RulesetsController {
  constructor(
    private readonly rulesets: RulesetsService,
    private readonly queries: QueryService,
    private readonly empties: EmptyAnswers,
  ) {}

  @Get()
  @ApiRulesets()
  async listRulesets(
    @ValidQuery(RulesetsQuery) query: RulesetsQuery,
    @ClientSignal() signal: AbortSignal,
    @Req() request: FastifyRequest,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    const { format = acceptedFormat(request.headers.accept) } = query;
    const statement = selectRulesets(query.rulesets());
    const more = (count: number) => (count > 0 ? {} : this.empties.explain(statement, query.time(), signal));
    await sendPieces(reply, format, tablePieces(this.queries, statement, { format, signal }, more));
  }

  @Get('diff')
  @ApiRulesetDiff()
  async diffRulesets(
    @ValidQuery(DiffQuery) query: DiffQuery,
    @ClientSignal() signal: AbortSignal,
    @Req() request: FastifyRequest,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    const { format = acceptedText(request.headers.accept) } = query;
    const found = await this.rulesets.diff(query.request(), signal);
    void reply.header('content-type', types[format]).send(format === 'text' ? found.diff : found);
  }

  @Get(':version')
  @ApiRulesetVersion()
  async getRuleset(
    @Param('version') version: string,
    @ValidQuery(VersionQuery) query: VersionQuery,
    @ClientSignal() signal: AbortSignal,
    @Req() request: FastifyRequest,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    const { format = acceptedText(request.headers.accept) } = query;
    const { text, seen } = await this.rulesets.version(checkVersion('version', version), query.where, signal);
    const { json, ...told } = text;
    const document = { ...told, ...(JSON.parse(json) as object), seen };
    void reply.header('content-type', types[format]).send(format === 'text' ? text.text : document);
  }
}
