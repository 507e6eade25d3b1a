import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import { ApiQuery } from '@nestjs/swagger';
import { flagName, type ColumnDefinition } from '#columns';
import { type FastifyRequest } from 'fastify';
import {
  type ColumnParameter,
  filterColumnsOf,
  type ParameterDefinition,
  parametersOf,
  type QueryClass,
} from './parameter.js';
import { checkEncoding, type RawQuery } from './raw-query.js';
import { readQuery } from './read-query.js';

const Checked = createParamDecorator((Query: QueryClass, context: ExecutionContext) => {
  const request = context.switchToHttp().getRequest<FastifyRequest>();
  checkEncoding(request.raw.url ?? '');
  return readQuery(Query, request.query as RawQuery);
});

/**
 * A handler's parameter: the URL's parameters as an instance of the class, checked, or the request is answered with 400.
 * They are in the OpenAPI document by this alone.
 */
export function ValidQuery(Query: QueryClass): ParameterDecorator {
  return (target, key, index) => {
    Checked(Query)(target, key, index);
    if (key === undefined) return;
    const method = Object.getOwnPropertyDescriptor(target, key) as PropertyDescriptor;
    for (const describe of describeQuery(Query)) describe(target, key, method);
  };
}

/** @returns decorators that put the class's parameters into the OpenAPI document */
export function describeQuery(Query: QueryClass): MethodDecorator[] {
  const defaults = new Query() as Readonly<Record<string, unknown>>;
  return [
    ...filterColumnsOf(Query).map(columnParameter),
    ...parametersOf(Query).map((definition) => parameter(definition, defaults[definition.property])),
  ];
}

function parameter({ name, doc, kind, required }: ParameterDefinition, value: unknown): MethodDecorator {
  const plain = !required && ['string', 'number', 'boolean'].includes(typeof value);
  const schema = { ...kind.schema, ...(plain && { default: value }) };
  const form = kind.several ? { style: 'form' as const, explode: true } : {};
  return ApiQuery({ name, required, description: doc, schema, ...form });
}

function columnParameter({ name, doc }: ColumnParameter): MethodDecorator {
  return ApiQuery({
    name: flagName(name),
    required: false,
    description: doc,
    schema: { type: 'array', items: { type: 'string' } },
    style: 'form',
    explode: true,
  });
}

/** @returns what a column's parameter says to people */
export function columnDoc(column: ColumnDefinition): string {
  const values = column.values ? ` (${column.values.join(', ')})` : '';
  const list = column.list ? ' (one of the names that a row has; empty = none)' : '';
  return `${column.doc}${values}${list}`;
}
