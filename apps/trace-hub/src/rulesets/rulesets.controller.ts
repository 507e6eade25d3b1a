import { Controller, Get, Param, Query, Req, Res } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { type FastifyReply, type FastifyRequest } from 'fastify';
import { Readable } from 'node:stream';
import { ApiRulesetDiff, ApiRulesets, ApiRulesetVersion } from '../openapi/ruleset-operations.js';
import { acceptedFormat, contentTypes } from '../read/accept.js';
import { answerOf } from '../read/answer.js';
import { type RawQuery } from '../read/row-query.js';
import {
  checkVersion,
  parseDiffQuery,
  parseRulesetQuery,
  parseVersionQuery,
  type TextFormat,
  textFormatOf,
} from './ruleset-query.js';
import { RulesetRepository } from './ruleset.repository.js';
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
    private readonly repository: RulesetRepository,
  ) {}

  @Get()
  @ApiRulesets()
  async listRulesets(
    @Query() query: RawQuery,
    @Req() request: FastifyRequest,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    const asked = parseRulesetQuery(query);
    const format = asked.format ?? acceptedFormat(request.headers.accept);
    const body = await answerOf(this.repository.chunks(asked.query), format);
    void reply.header('content-type', contentTypes[format]).send(Readable.from(body, { objectMode: false }));
  }

  @Get('diff')
  @ApiRulesetDiff()
  async diffRulesets(
    @Query() query: RawQuery,
    @Req() request: FastifyRequest,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    const asked = parseDiffQuery(query);
    const format = textFormatOf(query, request.headers.accept);
    const found = await this.rulesets.diff(asked);
    void reply.header('content-type', types[format]).send(format === 'text' ? found.diff : found);
  }

  @Get(':version')
  @ApiRulesetVersion()
  async getRuleset(
    @Param('version') version: string,
    @Query() query: RawQuery,
    @Req() request: FastifyRequest,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    const { where } = parseVersionQuery(query);
    const format = textFormatOf(query, request.headers.accept);
    const { text, seen } = await this.rulesets.version(checkVersion('version', version), where);
    const { json, ...told } = text;
    const document = { ...told, ...(JSON.parse(json) as object), seen };
    void reply.header('content-type', types[format]).send(format === 'text' ? text.text : document);
  }
}
