import { describe, expect, it } from 'vitest';
import { AnswerChecks } from './checks.js';
import { type ApiDocument, operationsOf } from './operations.js';
import { type FuzzRequest } from './request.js';
import { type FuzzAnswer } from './send.js';

const problem = {
  type: 'object',
  required: ['type', 'title', 'status', 'detail'],
  properties: {
    type: { type: 'string' },
    title: { type: 'string' },
    status: { type: 'integer' },
    detail: { type: 'string' },
    field: { type: 'string' },
    value: { type: 'string' },
    offset: { type: 'integer' },
  },
};
const refusal = { content: { 'application/problem+json': { schema: problem } } };
const rows = { type: 'object', required: ['count'], properties: { count: { type: 'integer' } } };
const document: ApiDocument = {
  paths: {
    '/rows': {
      get: {
        operationId: 'rows',
        responses: { 200: { content: { 'application/json': { schema: rows } } }, 400: refusal },
      },
    },
  },
  components: { schemas: {} },
};
const [operation] = operationsOf(document);
const request: FuzzRequest = {
  method: 'GET',
  path: '/rows?dport=x',
  headers: {},
  sent: [{ name: 'dport', text: 'x' }],
};
const good = { type: 'about:blank', title: 'Bad Request', status: 400, field: 'dport', value: 'x' };

function check(status: number, body: object, type?: string): () => void {
  const text = JSON.stringify(body);
  const usual = status < 400 ? 'application/json' : 'application/problem+json';
  const answer: FuzzAnswer = { status, type: type ?? usual, bytes: Buffer.from(text), body: text };
  return () => {
    if (operation) new AnswerChecks(document).check(operation, request, answer);
  };
}

describe('the checks of the fuzzer', () => {
  it('let pass what is as documented', () => {
    expect(check(200, { count: 1 })).not.toThrow();
    expect(check(400, { ...good, detail: 'dport: "x" is not a number', offset: 0 })).not.toThrow();
  });

  it.each([
    ['a failure of the hub', 500, {}, undefined, /^status 500/],
    ['a query that ClickHouse refused', 503, {}, undefined, /^status 503/],
    ['a status that is not documented', 422, {}, undefined, /^status 422 is not documented/],
    ['a content type that is not documented', 200, { count: 1 }, 'text/csv', /content type "text\/csv"/],
    ['a value of another type', 200, { count: 'one' }, undefined, /does not fit its schema/],
    ['a property that is missing', 200, {}, undefined, /does not fit its schema/],
    ['a property that is not documented', 200, { count: 1, sql: '' }, undefined, /does not fit its schema/],
    ['an error that is no problem', 400, { error: 'x' }, 'application/json', /^status 400 as/],
    [
      'a problem with another status',
      400,
      { ...good, status: 401, detail: 'dport is bad' },
      undefined,
      /says/,
    ],
    ['no sentence', 400, { ...good, detail: '' }, undefined, /no sentence/],
    ['no parameter', 400, { ...good, field: undefined, detail: 'x is bad' }, undefined, /names no parameter/],
    [
      'a parameter that was not sent',
      400,
      { ...good, field: 'p0', detail: 'p0 is bad' },
      undefined,
      /not sent/,
    ],
    [
      'an offset beyond the value',
      400,
      { ...good, offset: 2, detail: 'dport is bad' },
      undefined,
      /offset 2/,
    ],
    ['a control character', 400, { ...good, detail: 'dport is \u001b[2J' }, undefined, /control characters/],
    ['an error of SQL', 400, { ...good, detail: 'dport: Code: 62. DB::Exception' }, undefined, /leaks/],
    ['SQL', 400, { ...good, detail: 'dport: in SELECT 1' }, undefined, /leaks/],
    ['a path of the disk', 400, { ...good, detail: 'dport: no /var/lib/x' }, undefined, /leaks/],
    ['a stack', 400, { ...good, detail: 'dport: at f (x.ts:1:2)' }, undefined, /leaks/],
  ])('find %s', (_name, status, body, type, told) => {
    expect(check(status, body, type)).toThrow(told);
  });
});
