import { validateSync, type ValidationError } from 'class-validator';
import { flagName } from '#columns';
import { isFilterParameter, suggestColumn } from '#filter';
import { nearest } from './nearest.js';
import { filterColumnsOf, type ParameterDefinition, parametersOf, type QueryClass } from './parameter.js';
import { badParameter, type Problem } from './problem.js';
import { checkCharacters, type RawQuery, shown, single } from './raw-query.js';

/** Parameters of columns, as they were written: by name, each with its values. */
export type GivenFilters = Readonly<Record<string, readonly string[]>>;

const asWritten = new WeakMap<object, RawQuery>();

/** @returns what an instance's parameter was in the URL; '' where it was not there */
export function asGiven(query: object, name: string): string {
  return [asWritten.get(query)?.[name] ?? ''].flat().join(', ');
}

/** @returns the same for sentences: a long one is cut */
export const written = (query: object, name: string): string => shown(asGiven(query, name));

/** The mark of a check whose message is the whole sentence for people. */
export const wholeSentence = { context: { wholeSentence: true } };

/**
 * @returns a checked instance of the class
 * @throws Problem or FilterError: one sentence with the parameter, its value and what is allowed
 */
export function readQuery<T extends object>(
  Query: QueryClass<T>,
  raw: RawQuery,
  nowUs = Date.now() * 1000,
): T {
  const definitions = parametersOf(Query);
  const columns = new Set(filterColumnsOf(Query).map(({ name }) => name));
  const query = new Query() as T & Record<string, unknown>;
  asWritten.set(query, raw);
  const given: Record<string, readonly string[]> = {};
  for (const [name, value] of Object.entries(raw)) {
    if (value === undefined) continue;
    const definition = definitions.find((known) => known.name === name);
    if (definition) {
      (query as Record<string, unknown>)[definition.property] = valueOf(definition, raw, nowUs);
    } else if (columns.has(name.toLowerCase().replaceAll('-', '_'))) {
      given[name] = [value].flat();
      for (const text of given[name]) checkCharacters(name, text);
    } else throw unknownParameter(Query, name, String(value));
  }
  if (columns.size > 0) (query as { given?: GivenFilters }).given = given;
  refuseMissing(definitions, raw);
  const [fault] = validateSync(query, { forbidUnknownValues: false, skipUndefinedProperties: true });
  if (fault) throw refusal(definitions, fault, query);
  return query;
}

function valueOf({ name, kind }: ParameterDefinition, raw: RawQuery, nowUs: number): unknown {
  const context = { field: name, nowUs };
  const texts = kind.several ? [raw[name] ?? []].flat() : [single(raw, name) ?? ''];
  for (const text of texts) checkCharacters(name, text, kind.multiline);
  const values = texts.map((text) => kind.parse(text, context));
  return kind.several ? values : values[0];
}

function refuseMissing(definitions: readonly ParameterDefinition[], raw: RawQuery): void {
  const missing = definitions.find(({ name, required }) => required && raw[name] === undefined);
  if (!missing) return;
  const { name, doc, kind } = missing;
  throw badParameter(name, '', `${name} is missing (${doc}); use ${kind.allowed}`);
}

function refusal(
  definitions: readonly ParameterDefinition[],
  fault: ValidationError,
  query: object,
): Problem {
  const definition = definitions.find(({ property }) => property === fault.property);
  const name = definition?.name ?? fault.property;
  const value = written(query, name);
  const sentence = Object.keys(fault.contexts ?? {}).map((check) => fault.constraints?.[check])[0];
  const usual = `${name}: "${value}" ${definition?.kind.fault}; use ${definition?.kind.allowed}`;
  return badParameter(name, value, sentence ?? usual);
}

function unknownParameter(Query: QueryClass, name: string, value: string): Problem {
  const names = parametersOf(Query).map((definition) => definition.name);
  const columns = filterColumnsOf(Query).map((column) => flagName(column.name));
  const column = suggestColumn(name);
  const meant =
    nearest(name, names) ?? (column !== undefined && columns.includes(column) ? column : undefined);
  const listed = columns.length > 8 ? ['every column (ip-src, dport, fate …)'] : columns;
  const known = [...listed, ...names].join(', ');
  const hint = meant === undefined ? '' : `, did you mean ${meant}`;
  const elsewhere = isFilterParameter(name) ? ' here' : '';
  const what = name === '' ? 'a parameter without a name' : `the parameter ${shown(name)}`;
  const detail = `${what} is not known${elsewhere}${hint}; there are ${known || 'none'}`;
  return badParameter(shown(name), shown(value), detail);
}
