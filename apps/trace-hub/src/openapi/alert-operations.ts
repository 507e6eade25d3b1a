import { applyDecorators } from '@nestjs/common';
import { ApiBody, ApiOperation, ApiParam, ApiResponse } from '@nestjs/swagger';
import { noParameters, problem, queryProblems, ref, tableContent } from './operations.js';

const json = (status: number, description: string, schema: string): MethodDecorator =>
  ApiResponse({ status, description, content: { 'application/json': { schema: ref(schema) } } });

const id = (description: string): MethodDecorator =>
  ApiParam({ name: 'id', description, schema: { type: 'string' } });

const away = problem(503, 'NATS does not answer');

/** The documentation of the list of alerts. */
export function ApiAlerts(): MethodDecorator {
  return applyDecorators(
    ApiOperation({
      operationId: 'listAlerts',
      summary: 'What alert rules have found',
      description:
        'One row for each alert, in its newest state. A state or severity given again, or a comma in it, means or; different ' +
        'parameters mean and.',
    }),
    ApiResponse({
      status: 200,
      description:
        'Alerts in the order in which they began. Where a document is not the last page, `next` is the cursor of the next one',
      content: tableContent('Alerts', 'Alert'),
    }),
    ...queryProblems,
  );
}

/** The documentation of one alert. */
export function ApiAlert(): MethodDecorator {
  return applyDecorators(
    ApiOperation({ operationId: 'getAlert', summary: 'An alert, and when it fired and was resolved' }),
    id("A row's id"),
    json(200, 'The alert', 'AlertStory'),
    ...queryProblems,
    problem(404, 'There is no such alert'),
  );
}

/** The documentation of the list of silences. */
export function ApiSilences(): MethodDecorator {
  return applyDecorators(
    ApiOperation({
      operationId: 'listSilences',
      summary: 'Which alerts webhooks are not told of',
      description: 'Those that are over for up to an hour are among them.',
    }),
    json(200, 'Silences, the one that ends first first', 'Silences'),
    noParameters,
  );
}

/** The documentation of a new silence. */
export function ApiCreateSilence(): MethodDecorator {
  return applyDecorators(
    ApiOperation({
      operationId: 'createSilence',
      summary: 'Leaves alerts out of webhooks for a while',
      description:
        'Alerts that match are published and stored all the same, marked `silenced`. What fires already is resolved where it was told.',
    }),
    ApiBody({ schema: ref('NewSilence'), required: true }),
    json(201, 'The silence', 'Silence'),
    problem(400, 'The body is not as it should be, or a parameter was given: it takes none'),
    problem(409, 'There are too many silences'),
    away,
  );
}

/** The documentation of the end of a silence. */
export function ApiDeleteSilence(): MethodDecorator {
  return applyDecorators(
    ApiOperation({ operationId: 'deleteSilence', summary: 'Ends a silence' }),
    id("The silence's id"),
    ApiResponse({ status: 204, description: 'It is gone' }),
    problem(400, 'The id is none, or a parameter was given: it takes none'),
    problem(404, 'There is no such silence'),
    away,
  );
}
