/** The part of a JSON schema that requests are made of. */
export interface ParameterSchema {
  readonly type?: string | readonly string[];
  readonly enum?: readonly string[];
  readonly minimum?: number;
  readonly maximum?: number;
  readonly items?: ParameterSchema;
}

export interface ParameterDoc {
  readonly name: string;
  readonly in: 'query' | 'path' | 'header';
  readonly required?: boolean;
  readonly schema: ParameterSchema;
}

interface ResponseDoc {
  readonly content?: Readonly<Record<string, unknown>>;
}

interface OperationDoc {
  readonly operationId: string;
  readonly parameters?: readonly ParameterDoc[];
  readonly requestBody?: unknown;
  readonly responses: Readonly<Record<string, ResponseDoc>>;
}

/** What the fuzzer reads of an OpenAPI document. */
export interface ApiDocument {
  readonly paths: Readonly<Record<string, Readonly<Record<string, OperationDoc>>>>;
  readonly components: {
    readonly schemas: Readonly<
      Record<string, { readonly properties?: Readonly<Record<string, ParameterSchema>> }>
    >;
  };
}

/** One operation of the API. */
export interface Operation {
  readonly id: string;
  /** In capitals. */
  readonly method: string;
  /** With its parameters in braces. */
  readonly path: string;
  readonly parameters: readonly ParameterDoc[];
  readonly hasBody: boolean;
  /** By status: JSON pointers into the document to the schemas of its content types. */
  readonly responses: Readonly<Record<string, Readonly<Record<string, string>>>>;
}

const methods = new Set(['get', 'put', 'post', 'delete', 'patch', 'head', 'options', 'trace']);

const pointer = (...steps: string[]): string =>
  `#/${steps.map((step) => encodeURIComponent(step.replaceAll('~', '~0').replaceAll('/', '~1'))).join('/')}`;

/** @returns every operation that a document has */
export function operationsOf(document: ApiDocument): Operation[] {
  return Object.entries(document.paths).flatMap(([path, item]) =>
    Object.entries(item)
      .filter(([method]) => methods.has(method))
      .map(([method, operation]) => ({
        id: operation.operationId,
        method: method.toUpperCase(),
        path,
        parameters: operation.parameters ?? [],
        hasBody: operation.requestBody !== undefined,
        responses: Object.fromEntries(
          Object.entries(operation.responses).map(([status, { content = {} }]) => [
            status,
            Object.fromEntries(
              Object.keys(content).map((type) => [
                type,
                pointer('paths', path, method, 'responses', status, 'content', type, 'schema'),
              ]),
            ),
          ]),
        ),
      })),
  );
}
