import { Body, Controller, Get, HttpCode, Post } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { ClientSignal } from '../http/client-signal.js';
import { NoParameters } from '../http/no-parameters.js';
import { ValidQuery } from '../http/valid-query.js';
import { ApiComplete, ApiValidate } from '../openapi/language-operations.js';
import { CompleteQuery } from './complete-query.js';
import { CompleteService, type CompletionJson } from './complete.service.js';
import { readBody } from './validate-body.js';
import { ValidateService, type ValidationJson } from './validate.service.js';

@ApiTags('language')
@Controller('api/v1/query')
export class QueryController {
  constructor(
    private readonly validation: ValidateService,
    private readonly completion: CompleteService,
  ) {}

  @Post('validate')
  @HttpCode(200)
  @ApiValidate()
  validateQuery(@Body() body: unknown, @ValidQuery(NoParameters) _none: NoParameters): ValidationJson {
    return this.validation.validate(readBody(body).query);
  }

  @Get('complete')
  @ApiComplete()
  completeQuery(
    @ValidQuery(CompleteQuery) query: CompleteQuery,
    @ClientSignal() signal: AbortSignal,
  ): Promise<CompletionJson> {
    return this.completion.complete(query, signal);
  }
}
