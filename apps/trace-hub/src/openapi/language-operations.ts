import { applyDecorators } from '@nestjs/common';
import { ApiBody, ApiOperation, ApiResponse } from '@nestjs/swagger';
import { problem, ref } from './operations.js';

const json = (description: string, schema: string): MethodDecorator =>
  ApiResponse({ status: 200, description, content: { 'application/json': { schema: ref(schema) } } });

/** The documentation of validation. */
export const ApiValidate = (): MethodDecorator =>
  applyDecorators(
    ApiOperation({
      operationId: 'validateQuery',
      summary: 'Whether a text is one of the query language, and where not',
    }),
    ApiBody({ schema: ref('QueryText'), required: true }),
    json('Whether it is; a text that is not is no failed request', 'Validation'),
    problem(400, 'The body is not as it should be, or a parameter was given: it takes none'),
  );

/** The documentation of completion. */
export const ApiComplete = (): MethodDecorator =>
  applyDecorators(
    ApiOperation({
      operationId: 'completeQuery',
      summary: 'What can be written at a place of a text of the query language',
    }),
    json('Values that rows have, the most frequent first, then what the language knows', 'Completion'),
    problem(400, 'A parameter is unknown or has a bad value'),
  );
