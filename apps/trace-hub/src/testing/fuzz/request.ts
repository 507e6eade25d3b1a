import fc, { type Arbitrary } from 'fast-check';
import { type Operation, type ParameterDoc, type ParameterSchema } from './operations.js';
import { broken, type ColumnValues, nastyText, rawPieces } from './texts.js';

/** A parameter that was sent: what it says, or undefined where its escapes say nothing. */
export interface Sent {
  readonly name: string;
  readonly text: string | undefined;
}

export interface FuzzRequest {
  readonly method: string;
  /** Path and query in percent encoding. */
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
  /** All that the hub may name in an error. */
  readonly sent: readonly Sent[];
}

/** @returns the text as UTF-8 in percent encoding; halves of surrogate pairs as UTF-8 would have them if it could */
export function percentEncoded(text: string): string {
  return Array.from(text, (char) => {
    if (/^[\w.~-]$/.test(char)) return char;
    const code = char.codePointAt(0) ?? 0;
    const half = code >= 0xd800 && code < 0xe000;
    const bytes = half
      ? [0xe0 | (code >> 12), 0x80 | ((code >> 6) & 0x3f), 0x80 | (code & 0x3f)]
      : [...Buffer.from(char)];
    return bytes.map((byte) => `%${byte.toString(16).padStart(2, '0').toUpperCase()}`).join('');
  }).join('');
}

/** A parameter of the URL's query. */
interface Pair {
  readonly name: string;
  readonly piece: Piece;
}

/** A value, and how it stands in the URL. */
interface Piece {
  readonly text: string | undefined;
  readonly raw: string;
}

const encoded = (text: string): Piece => ({
  text: /\p{Cs}/u.test(text) ? undefined : text,
  raw: percentEncoded(text),
});
const rawPiece = fc
  .tuple(fc.constantFrom(...rawPieces), fc.constantFrom('', 'a'))
  .map(([raw, rest]): Piece => ({ text: undefined, raw: rest + raw }));

/** @returns texts that a schema allows */
function fitting(schema: ParameterSchema): Arbitrary<string> {
  if (schema.enum) return fc.constantFrom(...schema.enum);
  if (schema.type === 'boolean') return fc.constantFrom('true', 'false');
  if (schema.type !== 'integer') return nastyText;
  const { minimum = 0, maximum = 1000 } = schema;
  const usual = fc.integer({ min: minimum, max: Math.min(maximum, minimum + 200) });
  return fc.oneof(usual, fc.constantFrom(minimum, maximum, maximum + 1)).map(String);
}

/** Texts for parameters whose schema says no more than that they are texts, by the parameter's name. */
export type KnownTexts = Readonly<Record<string, Arbitrary<string>>>;

/** Values of a column's parameter: one, several, excluded, a range of them. */
function columnTexts(value: Arbitrary<string>): Arbitrary<string> {
  const escaped = value.map((text) => text.replace(/[\\,]|^!/g, '\\$&'));
  const piece = fc.oneof({ weight: 3, arbitrary: escaped }, value);
  return fc.oneof(
    { weight: 5, arbitrary: piece },
    piece.map((text) => `!${text}`),
    fc.tuple(piece, piece).map((parts) => parts.join()),
    fc.tuple(piece, piece).map((parts) => parts.join('-')),
  );
}

function valuesOf(
  { name, schema, required }: ParameterDoc,
  columns: ColumnValues,
  known: KnownTexts,
): Arbitrary<Piece> {
  const items = schema.type === 'array' ? (schema.items ?? {}) : schema;
  const column = columns[name.replaceAll('-', '_')];
  const right = known[name] ?? (column ? columnTexts(column) : fitting(items));
  return fc.oneof(
    // Without what is required nothing else is looked at.
    { weight: required ? 40 : 12, arbitrary: right.map(encoded) },
    { weight: 3, arbitrary: broken(right).map(encoded) },
    { weight: 4, arbitrary: nastyText.map(encoded) },
    { weight: 1, arbitrary: rawPiece },
  );
}

/** Pairs of a URL's query: few of those that there are, now and then one twice or one that is not there. */
function queryOf(operation: Operation, columns: ColumnValues, known: KnownTexts): Arbitrary<Pair[]> {
  const docs = operation.parameters.filter((doc) => doc.in === 'query');
  const pair = (doc: ParameterDoc): Arbitrary<Pair> =>
    valuesOf(doc, columns, known).map((piece) => ({ name: doc.name, piece }));
  const strange = fc
    .tuple(nastyText, nastyText)
    .map(([name, text]) => ({ name: name.slice(0, 200), piece: encoded(text) }));
  const some = (list: readonly ParameterDoc[], maxLength: number): Arbitrary<Pair[]> =>
    list.length === 0
      ? fc.constant<Pair[]>([])
      : fc.uniqueArray(fc.constantFrom(...list), { maxLength }).chain((few) => fc.tuple(...few.map(pair)));
  // Every column is a parameter: the others would hardly ever come.
  const isFilter = (doc: ParameterDoc): boolean =>
    doc.name !== 'query' && columns[doc.name.replaceAll('-', '_')] !== undefined;
  const needed = docs.filter((doc) => doc.required);
  return fc
    .tuple(
      fc.nat({ max: 9 }).chain((dice) => (dice === 0 ? some(needed, 1) : fc.tuple(...needed.map(pair)))),
      some(docs.filter(isFilter), 2),
      some(
        docs.filter((doc) => !doc.required && !isFilter(doc)),
        3,
      ),
      fc
        .nat({ max: 14 })
        .chain((dice) => (dice === 0 ? fc.array(strange, { maxLength: 2 }) : fc.constant<Pair[]>([]))),
      fc.nat({ max: 9 }),
    )
    .map(([first, filters, others, unknown, dice]) => {
      const all = [...first, ...filters, ...others, ...unknown];
      const again = dice === 0 ? all.slice(-1) : [];
      return [...all, ...again];
    });
}

const accepts = fc.constantFrom(
  undefined,
  undefined,
  undefined,
  'application/json',
  'application/x-ndjson',
  'text/csv',
  'application/vnd.apache.arrow.stream',
  'text/plain',
  '*/*;q=0.1, text/csv;q=0',
  'x'.repeat(300),
  'image/png',
);

/** Headers may not have what breaks a header in two: Node's client sends none of that. */
const headerText = nastyText.map((text) => text.replace(/[^\x20-\x7e]/g, '').slice(0, 4000));

function headersOf(operation: Operation, known: KnownTexts): Arbitrary<Record<string, string>> {
  const docs = operation.parameters.filter((doc) => doc.in === 'header');
  const own = docs.map(({ name }) =>
    fc.oneof(fc.constant(undefined), known[name] ?? headerText, headerText).map((text) => ({ name, text })),
  );
  return fc.tuple(accepts, fc.tuple(...own)).map(([accept, given]) => ({
    ...(accept !== undefined && { accept }),
    ...Object.fromEntries(given.flatMap(({ name, text }) => (text === undefined ? [] : [[name, text]]))),
  }));
}

/** Bodies as they should be, by the operation's name. */
export type KnownBodies = Readonly<Record<string, Arbitrary<object>>>;

function bodyOf(
  { id }: Operation,
  filters: Arbitrary<string>,
  known: KnownBodies,
): Arbitrary<{ type: string; body: string }> {
  const query = fc.oneof({ weight: 6, arbitrary: filters }, broken(filters), nastyText);
  const right = known[id] ?? query.map((text) => ({ query: text }));
  const body = fc.oneof(
    { weight: 8, arbitrary: right.map((value) => JSON.stringify(value)) },
    right.map((value) => JSON.stringify({ ...value, other: 1 })),
    right.map((value) => JSON.stringify(Object.fromEntries(Object.entries(value).map(([k, v]) => [k, [v]])))),
    fc.jsonValue({ maxDepth: 3 }).map((value) => JSON.stringify(value)),
    fc
      .tuple(right, fc.jsonValue({ maxDepth: 2 }))
      .map(([value, odd]) => JSON.stringify({ ...value, [Object.keys(value)[0] ?? '']: odd })),
    fc.constantFrom('', '{', '{"query":', '{"__proto__":{"query":"x"},"query":"decisive"}', '[]', 'null'),
    fc.constant(`{"query":${'['.repeat(5000)}${']'.repeat(5000)}}`),
    fc.constant(JSON.stringify({ query: 'a'.repeat(100_000) })),
    nastyText,
  );
  const type = fc.constantFrom(
    ...Array.from({ length: 12 }, () => 'application/json'),
    'application/json; charset=utf-8',
    'text/plain',
    'application/x-www-form-urlencoded',
    'application/xml',
    'nonsense',
  );
  return fc.tuple(type, body).map(([contentType, text]) => ({ type: contentType, body: text }));
}

/** Requests of one operation, by what the document says of it. */
export function requestsOf(
  operation: Operation,
  columns: ColumnValues,
  known: KnownTexts,
  filters: Arbitrary<string>,
  bodies: KnownBodies = {},
): Arbitrary<FuzzRequest> {
  const inPath = operation.parameters.filter((doc) => doc.in === 'path');
  const places = fc.tuple(
    ...inPath.map((doc) => valuesOf(doc, columns, known).map((piece) => ({ name: doc.name, piece }))),
  );
  const parts = fc.tuple(
    places,
    queryOf(operation, columns, known),
    headersOf(operation, known),
    operation.hasBody ? bodyOf(operation, filters, bodies) : fc.constant(undefined),
  );
  return parts.map(([given, query, headers, content]) => {
    const path = given.reduce(
      (text, { name, piece }) => text.replace(`{${name}}`, () => piece.raw),
      operation.path,
    );
    const search = query.map(({ name, piece }) => `${percentEncoded(name)}=${piece.raw}`).join('&');
    const sent = [...given, ...query].map(({ name, piece }) => ({ name, text: piece.text }));
    return {
      method: operation.method,
      path: search === '' ? path : `${path}?${search}`,
      headers: { ...headers, ...(content && { 'content-type': content.type }) },
      ...(content && { body: content.body }),
      sent: [...sent, ...Object.entries(headers).map(([name, text]) => ({ name, text }))],
    };
  });
}
