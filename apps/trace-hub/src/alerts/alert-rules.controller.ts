import { Body, Controller, Get, HttpCode, Post } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { ClientSignal } from '../http/client-signal.js';
import { NoParameters } from '../http/no-parameters.js';
import { ValidQuery } from '../http/valid-query.js';
import { ApiRules, ApiRuleTest } from '../openapi/alert-rule-operations.js';
import { AlertsService } from './alerts.service.js';
import { faultJson, ruleJson, type RuleFaultJson, type RuleJson } from './rule-json.js';
import { RuleTestService, type RuleTestJson } from './rule-test.service.js';
import { readTestBody } from './test-body.js';

/** The rules, and who evaluates them. */
export interface RulesJson {
  readonly rules: readonly RuleJson[];
  readonly count: number;
  /** Those that are not in force, or not as their file has them now. */
  readonly faults: readonly RuleFaultJson[];
  /** The hub that evaluates; null = none that this one knows of. */
  readonly evaluator: string | null;
  /** Whether it is the one that answers. */
  readonly evaluates: boolean;
}

@ApiTags('alerts')
@Controller('api/v1/alerts')
export class AlertRulesController {
  constructor(
    private readonly alerts: AlertsService,
    private readonly tests: RuleTestService,
  ) {}

  @Get('rules')
  @ApiRules()
  rules(@ValidQuery(NoParameters) _none: NoParameters): RulesJson {
    const { book, engine, evaluator, evaluates } = this.alerts;
    const counters = evaluates ? engine?.counters.rules : undefined;
    return {
      rules: book.rules.map((rule) => ruleJson(rule, counters?.[rule.name])),
      count: book.rules.length,
      faults: book.faults.map(faultJson),
      evaluator: evaluator?.hub ?? null,
      evaluates,
    };
  }

  @Post('test')
  @HttpCode(200)
  @ApiRuleTest()
  test(
    @Body() body: unknown,
    @ValidQuery(NoParameters) _none: NoParameters,
    @ClientSignal() signal: AbortSignal,
  ): Promise<RuleTestJson> {
    return this.tests.test(readTestBody(body, Date.now() * 1000), signal);
  }
}
