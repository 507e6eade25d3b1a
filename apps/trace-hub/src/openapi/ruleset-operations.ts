import { applyDecorators } from '@nestjs/common';
import { ApiOperation, ApiParam, ApiResponse } from '@nestjs/swagger';
import { problem, queryProblems, ref, tableContent } from './operations.js';

const answer = (description: string, schema: string): MethodDecorator =>
  ApiResponse({
    status: 200,
    description,
    content: {
      'application/json': { schema: ref(schema) },
      'text/plain': { schema: { type: 'string' } },
    },
  });

/** The documentation of the list of versions. */
export function ApiRulesets(): MethodDecorator {
  return applyDecorators(
    ApiOperation({
      operationId: 'listRulesets',
      summary: 'Versions of tables: which was in force when',
      description:
        'One row for each agent, network namespace, table and version. A parameter given again, or a comma in it, means ' +
        'or; different parameters mean and; a leading `!` excludes. With `at` the versions that were in force at that ' +
        'time, with their texts.',
    }),
    ApiResponse({
      status: 200,
      description:
        'Versions in the order in which they were first seen; with at in the order of agents and tables',
      content: tableContent('Rulesets', 'Ruleset'),
    }),
    ...queryProblems,
  );
}

/** The documentation of one version. */
export function ApiRulesetVersion(): MethodDecorator {
  return applyDecorators(
    ApiOperation({
      operationId: 'getRuleset',
      summary: "A version of a table: its text, and its rules' lines",
      description: 'Several agents may have a version: it is a hash of the text, so the text is the same.',
    }),
    ApiParam({ name: 'version', description: "A row's table_version", schema: { type: 'string' } }),
    answer('The version', 'RulesetVersion'),
    ...queryProblems,
    problem(404, 'No agent told of this version, or not its text'),
  );
}

/** The documentation of the difference of two versions. */
export function ApiRulesetDiff(): MethodDecorator {
  return applyDecorators(
    ApiOperation({
      operationId: 'diffRulesets',
      summary: 'What changed from one version to another, as a unified diff',
    }),
    answer('The difference', 'RulesetDiff'),
    ...queryProblems,
    problem(404, 'No agent told of one of the versions, or not its text'),
  );
}
