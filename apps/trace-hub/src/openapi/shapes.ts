import { type OpenAPIObject } from '@nestjs/swagger';

/** Schemas by name: those of the document, or the fields of an object. */
export type Schemas = NonNullable<NonNullable<OpenAPIObject['components']>['schemas']>;

/** Several types of one value: OpenAPI 3.1 has them, Nest's types know one. */
export const types = (...names: readonly string[]) => names as unknown as 'string';

export const ref = (name: string) => ({ $ref: `#/components/schemas/${name}` });
export const text = (description: string) => ({ type: 'string' as const, description });
export const yes = (description: string) => ({ type: 'boolean' as const, description });
export const time = (description: string) => ({
  type: 'string' as const,
  format: 'date-time' as const,
  description,
});
export const count = (description: string, minimum = 0) => ({
  type: 'integer' as const,
  minimum,
  description,
});

/** @param more what else is said of it: `format`, `minimum` */
export const orNull = (type: string, description: string, more: object = {}) => ({
  type: types(type, 'null'),
  description,
  ...more,
});
export const textOrNull = (description: string) => orNull('string', description);
export const timeOrNull = (description: string) => orNull('string', description, { format: 'date-time' });

export const list = (items: Schemas[string], description: string) => ({
  type: 'array' as const,
  items,
  description,
});

/** @param optional those of its fields that may be absent */
export const object = (description: string, properties: Schemas, optional: readonly string[] = []) => ({
  type: 'object' as const,
  description,
  required: Object.keys(properties).filter((name) => !optional.includes(name)),
  properties,
});

/** Rows and how many they are. @param more fields that may be there too */
export const page = (items: Schemas[string], more: Schemas = {}) => ({
  type: 'object' as const,
  required: ['rows', 'count'],
  properties: {
    rows: { type: 'array' as const, items },
    count: { type: 'integer' as const, description: 'How many rows these are' },
    ...more,
  },
});
