import fc, { type Arbitrary } from 'fast-check';
import { columns, type JsonValue, jsonRow, type RowSource } from '#columns';
import { sideNames, sides } from '#filter';
import { type ApiDocument } from './operations.js';
import { type KnownBodies, type KnownTexts } from './request.js';
import { type ColumnValues } from './texts.js';

/** @returns for each name that filters take: values that rows have, and others that its schema allows */
export function columnValues(document: ApiDocument, source: RowSource): ColumnValues {
  const rows = Array.from({ length: source.rows }, (_, row) => jsonRow(source, row));
  const schemas = document.components.schemas['Row']?.properties ?? {};
  const ofColumn = (name: string): Arbitrary<string> => {
    const here = [
      ...new Set(rows.map((row) => String((row as Partial<Record<string, JsonValue>>)[name] ?? ''))),
    ];
    const { enum: words, type, maximum = 2 ** 32 - 1 } = schemas[name] ?? {};
    const other = words
      ? fc.constantFrom(...words)
      : type === 'integer'
        ? fc.integer({ min: 0, max: maximum }).map(String)
        : fc.constantFrom('web', 'x', '');
    return fc.oneof({ weight: 3, arbitrary: fc.constantFrom(...here) }, other);
  };
  const either = sideNames.map((name) => [name, ofColumn(sides[name].columns[0])] as const);
  return Object.fromEntries([...columns.map(({ name }) => [name, ofColumn(name)] as const), ...either]);
}

const time = fc.oneof(
  fc.constantFrom('now', '15m', '1h', '2h', '1h30m', '1d', '7d', '2026-01-01', '2026-01-01T00:00:00Z'),
  fc.constantFrom(
    '0s',
    '-1h',
    '1969-12-31',
    '2300-01-01',
    '9999-12-31',
    '2026-02-30',
    '106751d',
    '1e9d',
    'tomorrow',
  ),
  fc.nat({ max: 10_000 }).map((minutes) => `${minutes}m`),
  fc.date({ noInvalidDate: true }).map((date) => date.toISOString()),
);

const listOf = (item: Arbitrary<string>): Arbitrary<string> =>
  fc.array(item, { minLength: 1, maxLength: 3 }).map((items) => items.join());

/** Metrics, keys and buckets of groups. @param name names of columns, as they are or as flags */
function groupTexts(name: Arbitrary<string>): KnownTexts {
  const measured = fc.constantFrom('len', 'dport', 'ip_src', 'ts', 'rule', 'handle', 'packets/s', 'bytes/s');
  const functions = fc.constantFrom('uniq', 'min', 'max', 'avg', 'p50', 'p90', 'p95', 'p99');
  const metric = fc.oneof(
    fc.constantFrom('packets', 'bytes', 'drops', 'hops'),
    fc.tuple(functions, fc.oneof(measured, name)).map(([f, of]) => `${f}(${of})`),
  );
  const key = fc.oneof({ weight: 5, arbitrary: name }, fc.constant('time'));
  const bucket = fc.constantFrom('auto', '1s', '10s', '1m', '7m', '1h', '1d', '1w', '0m', '999w', '1m30s');
  const operator = fc.constantFrom('>', '>=', '<', '<=', '=', '!=', '==');
  const bound = fc.constantFrom('0', '1', '1.5', '-1', '1e30', '9'.repeat(25));
  return {
    by: listOf(key),
    select: listOf(metric),
    having: listOf(fc.tuple(metric, operator, bound).map((parts) => parts.join(''))),
    sort: listOf(fc.tuple(fc.constantFrom('', '-'), fc.oneof(metric, key)).map((parts) => parts.join(''))),
    bucket,
    step: bucket,
  };
}

/** What the hub gave to who asks: he may give it back. */
export interface Given {
  readonly cursors: readonly string[];
  /** Of rulesets. */
  readonly versions: readonly string[];
  /** Ids of alerts and silences. */
  readonly ids: readonly string[];
}

/** Bodies of requests, by the operation. */
export function knownBodies(filters: Arbitrary<string>): KnownBodies {
  const matcher = fc.constantFrom('rule=port-scan', 'ip-src!=10.*', 'labels.team=a,b', 'severity=info');
  const length = fc.constantFrom('1m', '2h', '30d');
  const rule = filters.map((filter) => ({
    yaml: JSON.stringify({ name: 'x', filter, when: { count: true, above: 1, window: '10s' } }),
  }));
  return {
    validateQuery: filters.map((query) => ({ query })),
    createSilence: fc.record({
      match: fc.array(matcher, { minLength: 1, maxLength: 3 }),
      for: length,
      comment: fc.constantFrom('', 'why', '\u0000'),
    }),
    testAlertRule: fc.oneof(fc.constant({ rule: 'port-scan', since: '2h' }), rule),
  };
}

/** What the document tells of parameters in words alone. */
export function knownTexts(
  columnTexts: ColumnValues,
  filters: Arbitrary<string>,
  { cursors, versions, ids }: Given,
): KnownTexts {
  const names = Object.keys(columnTexts);
  const name = fc.constantFrom(...names, ...names.map((column) => column.replaceAll('_', '-')));
  const id = fc.bigInt({ min: 0n, max: 2n ** 64n }).map(String);
  const version = fc.oneof(
    { weight: 5, arbitrary: fc.constantFrom(...versions) },
    fc.constantFrom('0123456789abcdef', 'ABCDEF01'),
    fc.string({ unit: 'binary-ascii', maxLength: 70 }),
  );
  const instant = fc.date({ noInvalidDate: true, min: new Date(0), max: new Date('2290-01-01') });
  return {
    ...groupTexts(name),
    id: fc.oneof(
      { weight: 2, arbitrary: fc.constantFrom('8000000000000000001', '8000000000000000005', '8000') },
      fc.constantFrom('800', '0'),
      { weight: 3, arbitrary: fc.constantFrom(...ids) },
      id,
    ),
    version,
    from: version,
    to: version,
    since: time,
    until: time,
    at: time,
    query: filters,
    text: filters,
    field: name,
    prefix: fc.oneof(...Object.values(columnTexts)).map((value) => value.slice(0, 4)),
    state: fc.constantFrom('firing', 'resolved', 'firing,resolved', 'open'),
    severity: fc.constantFrom('critical', 'info,warning', 'page'),
    match: fc.constantFrom('rule=port-scan', 'ip-src=10.*', 'labels.team!=net', 'dport', '=x', 'rule=a,*,b'),
    cause: fc.constantFrom('overrun', '!overrun', 'overrun,backlog', 'nonsense'),
    cursor: fc.constantFrom(...cursors),
    after: fc
      .tuple(instant, id, fc.nat({ max: 70_000 }))
      .map(([date, packet, hop]) => `${date.toISOString()},${packet},${hop}`),
  };
}
