import { applyDecorators } from '@nestjs/common';
import { ApiOperation, ApiResponse } from '@nestjs/swagger';
import { jsonContent, problem, queryProblems, tableContent } from './operations.js';

const rows = (description: string, row: string): MethodDecorator =>
  ApiResponse({
    status: 200,
    description,
    content: row === 'Loss' ? tableContent('Losses', row) : jsonContent('Agents', row),
  });

const unknown = 'A parameter is unknown or has a bad value';

/** The documentation of the list of agents. */
export function ApiAgents(): MethodDecorator {
  return applyDecorators(
    ApiOperation({ operationId: 'listAgents', summary: 'The newest heartbeat of each agent' }),
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
    rows('Losses in the order of their ends', 'Loss'),
    ...queryProblems,
  );
}
