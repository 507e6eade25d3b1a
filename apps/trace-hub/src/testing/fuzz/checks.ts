import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js';
import formats from 'ajv-formats';
import { type ProblemDetails } from '../../http/problem.js';
import { type ApiDocument, type Operation } from './operations.js';
import { type FuzzRequest, percentEncoded } from './request.js';
import { type FuzzAnswer } from './send.js';

/** What HTTP itself refuses before an operation is reached: operations document all of it as one. */
const ofHttp = new Set([404, 405, 408, 413, 414, 415, 417, 431]);

/** Words of SQL, of the engine, of programs: nobody who asks may see them, unless he sent them. */
const leaks: readonly RegExp[] = [
  /DB::\w+/,
  /\bCode: \d+/,
  /\bSELECT\b/,
  /\bFROM (traces|flows_1m|rulesets|losses)\b/,
  /\bPREWHERE\b|\bSETTINGS\b/,
  /chdb/i,
  /\{p\d+:\w+\}|param_\w+/,
  /\btoIPv6\b|\btoDateTime64\b|\bunhex\b/i,
  /\bat .{1,200}\.[cm]?[jt]s:\d+/,
  /node_modules|\/(tmp|home|work|usr|var|root)\//,
  /\b(TypeError|RangeError|SyntaxError|ReferenceError)\b|Cannot read prop|is not a function/,
  /Nest(JS|Factory)|Fastify/i,
];

const shownLength = 80;
const cut = (text: string): string => (text.length > shownLength ? `${text.slice(0, shownLength)}…` : text);

/** @returns the document with objects that have the properties that they document and no other */
function closed(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(closed);
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).map(([name, part]) => [name, closed(part)] as const);
  const whole = 'properties' in value && 'type' in value && !('additionalProperties' in value);
  return { ...Object.fromEntries(entries), ...(whole && { additionalProperties: false }) };
}

/** Checks answers against what the OpenAPI document promises. */
export class AnswerChecks {
  readonly #ajv: Ajv2020;
  readonly #compiled = new Map<string, ValidateFunction>();

  constructor(document: ApiDocument) {
    this.#ajv = new Ajv2020({ strict: false, allErrors: false });
    formats.default(this.#ajv);
    this.#ajv.addFormat('uint64', /^\d{1,20}$/);
    this.#ajv.addFormat('binary', true);
    this.#ajv.addSchema(closed(document) as object, 'api');
  }

  /** @throws Error that says what is wrong with the answer */
  check(operation: Operation, request: FuzzRequest, answer: FuzzAnswer): void {
    const { status, type, body } = answer;
    // Nothing here is away or busy: a 503 is a query that ClickHouse refused.
    if (status >= 500 && status !== 504) throw new Error(`status ${status}: ${body.slice(0, 500)}`);
    const own = operation.responses[String(status)];
    const documented = own ?? operation.responses.default;
    if (!own && !ofHttp.has(status))
      throw new Error(`status ${status} is not documented: ${body.slice(0, 300)}`);
    if (status >= 400) checkProblem(request, answer);
    else if (/DB::Exception/.test(body)) throw new Error('an error of ClickHouse is in the answer');
    if (!documented) return;
    const pointer = documented[type];
    if (pointer === undefined) {
      if (Object.keys(documented).length === 0 && body === '') return;
      throw new Error(`content type "${type}" of status ${status} is not documented`);
    }
    if (type === 'application/x-ndjson') {
      for (const line of body.split('\n').filter((text) => text !== ''))
        this.#fits(pointer, JSON.parse(line));
    } else if (/json$/.test(type)) this.#fits(pointer, JSON.parse(body));
  }

  #fits(pointer: string, value: unknown): void {
    const compiled = this.#compiled.get(pointer) ?? this.#ajv.compile({ $ref: `api${pointer}` });
    this.#compiled.set(pointer, compiled);
    if (compiled(value)) return;
    const [error] = compiled.errors ?? [];
    throw new Error(
      `the answer does not fit its schema: ${error?.instancePath} ${error?.message} ${JSON.stringify(error?.params)}: ${JSON.stringify(value).slice(0, 500)}`,
    );
  }
}

/** @throws Error where an answer is no RFC 9457 problem document that helps who asked */
export function checkProblem(request: FuzzRequest, { status, type, body }: FuzzAnswer): void {
  if (type !== 'application/problem+json')
    throw new Error(`status ${status} as "${type}": ${body.slice(0, 300)}`);
  const problem = JSON.parse(body) as ProblemDetails;
  if (problem.status !== status) throw new Error(`the problem says status ${problem.status}, HTTP ${status}`);
  if (typeof problem.detail !== 'string' || problem.detail.length < 8 || problem.detail.length > 1500)
    throw new Error(`the detail is no sentence: ${body.slice(0, 3000)}`);
  if (/[\p{Cc}\p{Cs}]/u.test(problem.detail))
    throw new Error(`control characters in the detail: ${JSON.stringify(problem.detail)}`);
  checkNoLeak(request, body);
  if (problem.field !== undefined) checkField(request, problem);
  else if (status === 400 && request.body === undefined && !/^the path is not/.test(problem.detail))
    throw new Error(`the problem names no parameter: ${body.slice(0, 500)}`);
}

function checkField({ sent, body }: FuzzRequest, { field = '', detail, offset }: ProblemDetails): void {
  const named = sent.filter(({ name }) =>
    [name, cut(name), percentEncoded(name), cut(percentEncoded(name))].some(
      (known) => known.toLowerCase() === field.toLowerCase(),
    ),
  );
  if (named.length === 0 && body === undefined && !/ is missing /.test(detail))
    throw new Error(`the problem names ${JSON.stringify(field)}, which was not sent: ${detail}`);
  const longest = Math.max(...named.map(({ text }) => text?.length ?? Infinity), body?.length ?? 0);
  if (offset !== undefined && named.length > 0 && (offset < 0 || offset > longest))
    throw new Error(`offset ${offset} is outside of the value: ${detail}`);
}

function readable(path: string): string {
  try {
    return decodeURIComponent(path);
  } catch {
    return path;
  }
}

function checkNoLeak({ path, body = '', sent }: FuzzRequest, told: string): void {
  const given = `${readable(path)} ${body} ${sent.map(({ name, text }) => `${name} ${text}`).join(' ')}`;
  const leak = leaks.find((pattern) => pattern.test(told) && !pattern.test(given));
  if (leak) throw new Error(`the answer leaks ${String(leak)}: ${told.slice(0, 1000)}`);
}
