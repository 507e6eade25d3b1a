import { type ParameterKind } from './parameter-kinds.js';

/** One parameter of an endpoint's URL. */
export interface ParameterDefinition {
  /** The property of the class that holds what it says. */
  readonly property: string;
  /** Its name in the URL. */
  readonly name: string;
  /** For people: one line, shown in the OpenAPI document. */
  readonly doc: string;
  readonly kind: ParameterKind;
  readonly required: boolean;
}

/** A column, or a name for either side's, that filters: it may come again, with `-` or `_`, and is kept as it was written. */
export interface ColumnParameter {
  /** As libs/columns and libs/filter have it: `ip_src`, `ip`. */
  readonly name: string;
  readonly doc: string;
}

const declared = Symbol('parameters');
const filtering = Symbol('columns');
interface Declaring {
  [declared]?: readonly ParameterDefinition[];
  [filtering]?: readonly ColumnParameter[];
}

/** A class of parameters: an instance without values has the defaults. */
export type QueryClass<T extends object = object> = new () => T;

function add(owner: Declaring, definition: ParameterDefinition): void {
  const known = owner[declared] ?? [];
  if (known.some(({ name }) => name === definition.name))
    throw new Error(`parameter ${definition.name} is declared twice`);
  Object.defineProperty(owner, declared, { value: [...known, definition], configurable: true });
}

/**
 * Declares a property of a class as the URL's parameter `name`. The property's initial value is the default; what the
 * parameter says is parsed and checked as its kind has it. The OpenAPI document says what stands here.
 */
export function Parameter(
  name: string,
  doc: string,
  kind: ParameterKind,
  { required = false }: { required?: boolean } = {},
): PropertyDecorator {
  return (target, property) => {
    add(target, { property: String(property), name, doc, kind, required });
    for (const check of kind.checks) check(target, property);
  };
}

/** Declares columns as parameters that filter; the class keeps them in its property `given` (see ColumnsQuery). */
export function FilterColumns(columns: readonly ColumnParameter[]): ClassDecorator {
  return (target) => {
    Object.defineProperty(target.prototype, filtering, { value: columns, configurable: true });
  };
}

/** @returns a class's parameters, its base class's first, in the order of their declaration */
export const parametersOf = (query: QueryClass): readonly ParameterDefinition[] =>
  (query.prototype as Declaring)[declared] ?? [];

/** @returns the columns that its parameters may filter */
export const filterColumnsOf = (query: QueryClass): readonly ColumnParameter[] =>
  (query.prototype as Declaring)[filtering] ?? [];
