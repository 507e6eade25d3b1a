import { applyDecorators } from '@nestjs/common';
import { ApiOperation, ApiParam, ApiResponse } from '@nestjs/swagger';
import { problem, queryProblems, ref } from './operations.js';

const csv = { schema: { type: 'string' as const } };

type Row = { readonly $ref: string } | { readonly anyOf: { readonly $ref: string }[] };

const tables = (description: string, document: string, row: Row): MethodDecorator =>
  ApiResponse({
    status: 200,
    description,
    content: {
      'application/json': { schema: ref(document) },
      'application/x-ndjson': { schema: row },
      'text/csv': csv,
    },
  });

const counted =
  'Packets are the rows that decided, each counted as all that it stands for where an agent sampled. What the counts by ' +
  'minute can answer comes from them, with the ends of the time and minutes not counted yet from the rows: the numbers are the same.';

/** The documentation of groups of packets. */
export const ApiAggregate = (): MethodDecorator =>
  applyDecorators(
    ApiOperation({
      operationId: 'aggregate',
      summary: 'Packets in groups, with metrics of each',
      description: counted,
    }),
    // Of the others the keys are null.
    tables('The groups, and what all come to', 'Aggregate', { anyOf: [ref('Group'), ref('Metrics')] }),
    ...queryProblems,
  );

/** The documentation of series. */
export const ApiSeries = (): MethodDecorator =>
  applyDecorators(
    ApiOperation({
      operationId: 'getSeries',
      summary: 'Metrics over time, in buckets of one length without gaps',
      description: counted,
    }),
    tables('A series of each value', 'SeriesList', { anyOf: [ref('Group'), ref('Metrics')] }),
    ...queryProblems,
  );

/** The documentation of hints. */
export const ApiHints = (): MethodDecorator =>
  applyDecorators(
    ApiOperation({
      operationId: 'getHints',
      summary: 'Values of a column by frequency, of the last day unless said otherwise',
      description: counted,
    }),
    ApiResponse({
      status: 200,
      description: 'The values',
      content: {
        'application/json': { schema: ref('Hints') },
        'application/x-ndjson': { schema: { type: 'object', additionalProperties: true } },
        'text/csv': csv,
      },
    }),
    ...queryProblems,
  );

/** The documentation of a packet's path. */
export const ApiPacket = (): MethodDecorator =>
  applyDecorators(
    ApiOperation({ operationId: 'getPacket', summary: 'A packet, and its way through the ruleset' }),
    ApiParam({
      name: 'id',
      description: "A row's packet_id, or its first digits (four at least) where no other begins so",
      schema: { type: 'string', pattern: '^(0|[1-9][0-9]{0,19})$' },
    }),
    ApiResponse({
      status: 200,
      description: 'The packet',
      content: {
        'application/json': { schema: ref('Packet') },
        'application/x-ndjson': { schema: ref('Row') },
      },
    }),
    ...queryProblems,
    problem(404, 'There is no such packet in the time that was looked at'),
    ApiResponse({
      status: 409,
      description: 'Several packets have an id that begins so',
      content: { 'application/problem+json': { schema: ref('AmbiguousPacket') } },
    }),
  );
