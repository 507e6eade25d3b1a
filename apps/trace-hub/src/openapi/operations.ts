import { applyDecorators } from '@nestjs/common';
import { ApiHeader, ApiOperation, ApiProduces, ApiResponse } from '@nestjs/swagger';

export const ref = (name: string) => ({ $ref: `#/components/schemas/${name}` });

export const problem = (status: number, description: string): MethodDecorator =>
  ApiResponse({ status, description, content: { 'application/problem+json': { schema: ref('Problem') } } });

/** What an endpoint answers that takes no parameters, where one is given. */
export const noParameters = problem(400, 'A parameter was given: it takes none');

/** What every endpoint answers that queries ClickHouse. */
export const queryProblems = [
  problem(400, 'A parameter is unknown or has a bad value'),
  problem(422, 'The query needs more memory, or reads more, than it may'),
  problem(429, 'Too many queries run and wait already'),
  problem(503, 'ClickHouse does not answer'),
  problem(504, 'The query takes longer than it may'),
];

type Content = Record<string, { schema: { $ref: string } | { type: 'string'; format?: string } }>;

/** The bodies of an answer as one document, or as its rows. */
export const jsonContent = (document: string, row: string): Content => ({
  'application/json': { schema: ref(document) },
  'application/x-ndjson': { schema: ref(row) },
});

/** … and as tables. */
export const tableContent = (document: string, row: string): Content => ({
  ...jsonContent(document, row),
  'text/csv': { schema: { type: 'string' } },
  'application/vnd.apache.arrow.stream': { schema: { type: 'string', format: 'binary' } },
});

const filters = [
  'Every column is a filter, written with `-` or `_`. A parameter given again, or a comma in it, means or; different',
  'columns mean and; a leading `!` excludes. Addresses take prefixes (10.0.0.0/8), numbers ranges (8000-9000).',
].join(' ');

const events = [
  'Events: `row` (data: one row as JSON), `lost` (data: {"rows", "batches", "reason", "since", "until"}: what is missing',
  'here, and why: `slow`, rows that this client did not read in time; `gone`, batches that the stream no longer has;',
  '`behind`, batches that are not stored yet and too many to show; `stream`, NATS lost its stream, nobody knows how much;',
  '`failed`, batches on which the hub failed),',
  '`loss` (data: a Loss as JSON, when an agent lost events or a loss that it told of has grown; `agent-id` and `netns`',
  'filter them), `live` (from here on rows come as they are traced), `nats` (data: {"state": "away" | "back"}), `heartbeat`',
  '(every 15 s), `end` (at `until`), `error` (data: a Problem; the stream ends). Their ids are for `Last-Event-ID`.',
].join(' ');

/** The documentation of a list of rows. */
export function ApiRows({ id, summary }: { id: string; summary: string }): MethodDecorator {
  return applyDecorators(
    ApiOperation({ operationId: id, summary, description: filters }),
    ApiResponse({
      status: 200,
      description:
        'Rows in the order of time. Where a document is not the last page, `next` is the cursor of the next one. In Arrow, `ts` is ' +
        'a timestamp in µs, numbers are of their own width, `packet_id` and `handle` are u64, all else is text as in JSON',
      content: tableContent('Rows', 'Row'),
    }),
    ...queryProblems,
  );
}

/** The documentation of the live stream. */
export function ApiStream(): MethodDecorator {
  return applyDecorators(
    ApiOperation({
      operationId: 'followStream',
      summary: 'Rows as they come (server-sent events)',
      description: `${filters} ${events}`,
    }),
    ApiProduces('text/event-stream'),
    ApiHeader({
      name: 'Last-Event-ID',
      required: false,
      description:
        'The id of the last event that the client has: the stream goes on after it, of whichever hub, also with another ' +
        'filter. `last`, and a `since` that moves with the time (15m), are then not applied again',
    }),
    ApiResponse({
      status: 200,
      description: 'The stream; without `until` it does not end by itself',
      content: { 'text/event-stream': { schema: { type: 'string' } } },
    }),
    problem(400, 'A parameter is unknown or has a bad value'),
    problem(429, 'live.max-subscribers-per-address clients of this address follow the stream'),
    problem(503, 'NATS is away, or live.max-subscribers clients follow the stream'),
  );
}
