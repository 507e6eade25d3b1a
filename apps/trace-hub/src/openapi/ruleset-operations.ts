import { applyDecorators } from '@nestjs/common';
import { ApiOperation, ApiParam, ApiQuery, ApiResponse } from '@nestjs/swagger';
import { defaultRows, maxRows } from '../read/row-query.js';
import { defaultContext, textFormats } from '../rulesets/ruleset-query.js';
import { count, format, problem, ref, several, since, text } from './operations.js';

const unknown = 'A parameter is unknown or has a bad value';
const away = 'ClickHouse does not answer';

const agents = applyDecorators(
  several('agent-id', 'The agent that saw it'),
  several('netns', "Network namespace; empty = the agent's own"),
);

const textFormat = ApiQuery({
  name: 'format',
  required: false,
  description: 'json, or text alone; goes before the Accept header',
  schema: { type: 'string', enum: [...textFormats] },
});

const version = (name: string, description: string): MethodDecorator =>
  ApiQuery({ name, required: true, description, schema: { type: 'string', pattern: '^[0-9a-f]{8,64}$' } });

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
    agents,
    several('family', "The table's family"),
    several('table', 'Table'),
    several('version', "The version: a row's table_version"),
    text(
      'at',
      'In force at this time: RFC 3339, a date, or how long ago (15m, 1h30m, 1d); not together with since',
    ),
    since,
    text('until', 'In force before this time; the forms of since'),
    count('first', 'The first that match; not together with last'),
    ApiQuery({
      name: 'last',
      required: false,
      description: 'The last that match, in the order in which they were first seen; with at all are shown',
      schema: { type: 'integer', minimum: 1, maximum: maxRows, default: defaultRows },
    }),
    format,
    ApiResponse({
      status: 200,
      description:
        'Versions in the order in which they were first seen; with at in the order of agents and tables',
      content: {
        'application/json': { schema: ref('Rulesets') },
        'application/x-ndjson': { schema: ref('Ruleset') },
      },
    }),
    problem(400, unknown),
    problem(503, away),
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
    agents,
    textFormat,
    answer('The version', 'RulesetVersion'),
    problem(400, unknown),
    problem(404, 'No agent told of this version, or not its text'),
    problem(503, away),
  );
}

/** The documentation of the difference of two versions. */
export function ApiRulesetDiff(): MethodDecorator {
  return applyDecorators(
    ApiOperation({
      operationId: 'diffRulesets',
      summary: 'What changed from one version to another, as a unified diff',
    }),
    version('from', 'The version before'),
    version('to', 'The version after'),
    ApiQuery({
      name: 'handles',
      required: false,
      description: 'Whether handles are compared: a rule that was deleted and made again then differs',
      schema: { type: 'boolean', default: false },
    }),
    ApiQuery({
      name: 'context',
      required: false,
      description: 'How many lines are shown around a change',
      schema: { type: 'integer', minimum: 0, maximum: 10_000, default: defaultContext },
    }),
    agents,
    textFormat,
    answer('The difference', 'RulesetDiff'),
    problem(400, unknown),
    problem(404, 'No agent told of one of the versions, or not its text'),
    problem(503, away),
  );
}
