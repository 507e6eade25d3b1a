import { applyDecorators } from '@nestjs/common';
import { ApiOperation, ApiQuery, ApiResponse } from '@nestjs/swagger';
import { defaultRows, maxRows } from '../read/row-query.js';
import { count, format, problem, ref, several, since, text } from './operations.js';

const rows = (description: string, row: string): MethodDecorator =>
  ApiResponse({
    status: 200,
    description,
    content: {
      'application/json': { schema: ref(`${row === 'Loss' ? 'Losses' : 'Agents'}`) },
      'application/x-ndjson': { schema: ref(row) },
    },
  });

const unknown = 'A parameter is unknown or has a bad value';

/** The documentation of the list of agents. */
export function ApiAgents(): MethodDecorator {
  return applyDecorators(
    ApiOperation({ operationId: 'listAgents', summary: 'The newest heartbeat of each agent' }),
    format,
    rows('Agents in the order of their names', 'Agent'),
    problem(400, unknown),
  );
}

/** The documentation of the list of losses. */
export function ApiLosses(): MethodDecorator {
  return applyDecorators(
    ApiOperation({
      operationId: 'listLosses',
      summary: 'Events that agents lost: gaps in what the rows tell',
      description:
        'A loss is found by the time it touches. A parameter given again, or a comma in it, means or; different ' +
        'parameters mean and; a leading `!` excludes.',
    }),
    several('agent-id', 'The agent that lost them'),
    several('netns', "Network namespace; empty = the agent's own"),
    several(
      'cause',
      'Why: overrun, backlog, malformed, queue_full, spool_full, spool_damaged, too_large, rejected, shutdown',
    ),
    since,
    text('until', 'Begun before this time; the forms of since'),
    count('first', 'The first that match; not together with last'),
    ApiQuery({
      name: 'last',
      required: false,
      description: 'The last that match, in the order of their ends',
      schema: { type: 'integer', minimum: 1, maximum: maxRows, default: defaultRows },
    }),
    format,
    rows('Losses in the order of their ends', 'Loss'),
    problem(400, unknown),
    problem(503, 'ClickHouse does not answer'),
  );
}
