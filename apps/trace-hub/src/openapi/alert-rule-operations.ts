import { applyDecorators } from '@nestjs/common';
import { ApiBody, ApiOperation, ApiResponse } from '@nestjs/swagger';
import { noParameters, problem, queryProblems, ref } from './operations.js';

const json = (description: string, schema: string): MethodDecorator =>
  ApiResponse({ status: 200, description, content: { 'application/json': { schema: ref(schema) } } });

/** The documentation of the list of alert rules. */
export const ApiRules = (): MethodDecorator =>
  applyDecorators(
    ApiOperation({
      operationId: 'listAlertRules',
      summary: 'The alert rules in force, those that are faulty, and which hub evaluates',
    }),
    json('Rules as this hub has read them', 'AlertRules'),
    noParameters,
  );

/** The documentation of tests of a rule. */
export const ApiRuleTest = (): MethodDecorator =>
  applyDecorators(
    ApiOperation({
      operationId: 'testAlertRule',
      summary: 'When a rule would have fired: it is run over what is stored',
      description:
        'A rule in force by its name, or the text of one. Nothing is published. Of much that is stored the first part is ' +
        'looked at: `searched.until` says how far that goes.',
    }),
    ApiBody({ schema: ref('AlertRuleTestRequest'), required: true }),
    json('What it would have said, in the order of time', 'AlertRuleTest'),
    ...queryProblems,
    problem(404, 'There is no rule of that name'),
  );
