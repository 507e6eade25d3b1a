import { findColumn, formatIp, formatTimestamp, type ColumnName, type Kind, type KindValue } from '#columns';
import { fillHostBits } from './ip.js';
import { isList, SEPARATOR } from './lists.js';
import { clickhousePattern } from './regex.js';
import {
  type All,
  type Any,
  type ColumnsTest,
  type EqualTest,
  type Filter,
  type OrderTest,
  type Test,
  type TextTest,
} from './tree.js';
import { valueLists } from './value-lists.js';

export type SqlParameter = string | number | boolean;

export interface SqlCondition {
  /** A boolean expression that may be joined with AND; the user's values are only placeholders (`{p0:UInt16}`). */
  readonly sql: string;
  /** The placeholders' values for @clickhouse/client's `query_params`. */
  readonly params: Record<string, SqlParameter>;
}

interface Binding<K extends Kind> {
  /** The placeholder's ClickHouse type. */
  readonly type: string;
  readonly bind: (value: KindValue[K]) => SqlParameter;
}

const same = <T extends SqlParameter>(value: T): T => value;
const decimal = (value: bigint): string => value.toString();

const bindings = {
  timestamp: {
    type: "DateTime64(6, 'UTC')",
    bind: (us) => formatTimestamp(us).replace('T', ' ').replace('Z', ''),
  },
  u8: { type: 'UInt8', bind: same },
  u16: { type: 'UInt16', bind: same },
  u32: { type: 'UInt32', bind: same },
  u64: { type: 'UInt64', bind: decimal },
  bool: { type: 'Bool', bind: same },
  name: { type: 'String', bind: same },
  enum: { type: 'String', bind: same },
  ip: { type: 'IPv6', bind: ip6Text },
  mac: { type: 'UInt64', bind: decimal },
  flags: { type: 'UInt32', bind: same },
} satisfies { [K in Kind]: Binding<K> };

/** @returns a value of a column as a placeholder takes it, and the placeholder's ClickHouse type */
export function sqlValue(column: ColumnName, value: unknown): { type: string; value: SqlParameter } {
  const kind = findColumn(column)?.kind ?? 'name';
  const { type, bind } = bindings[kind] as { type: string; bind: (value: unknown) => SqlParameter };
  return { type, value: bind(value) };
}

/** @returns the text of 16 bytes that ClickHouse reads as IPv6 */
function ip6Text(bytes: Uint8Array): string {
  const text = formatIp(bytes);
  if (text === '') return '::';
  return text.includes(':') ? text : `::ffff:${text}`;
}

/** @returns an array of a list column's names; of an empty cell it is [''] */
const namesOf = (column: ColumnName): string => `splitByChar('${SEPARATOR}', \`${column}\`)`;

function columnTest({ column, value: { operator, column: other } }: ColumnsTest): string {
  if (isList(column)) return `hasAny(${namesOf(column)}, ${namesOf(other)})`;
  return `\`${column}\` ${operator === '==' ? '=' : operator} \`${other}\``;
}

class SqlWriter {
  readonly params: Record<string, SqlParameter> = {};
  #count = 0;

  constructor(private readonly prefix: string) {}

  write(filter: Filter): string {
    switch (filter.op) {
      case 'test':
        return this.#test(filter);
      case 'not':
        return `NOT (${this.write(filter.of)})`;
      case 'and':
      case 'or':
        return this.#list(filter);
    }
  }

  #list({ op, of }: All | Any): string {
    if (of.length === 0) return op === 'and' ? 'true' : 'false';
    const { lists, rest } = op === 'or' ? valueLists(of) : { lists: [], rest: of };
    const parts = lists.map(({ column, values }) => {
      const placeholders = values.map((value) => this.#bind(column, value));
      return `\`${column}\` IN (${placeholders.join(', ')})`;
    });
    for (const part of rest) {
      const sql = this.write(part);
      parts.push(part.op === 'and' || part.op === 'or' ? `(${sql})` : sql);
    }
    return parts.join(` ${op.toUpperCase()} `);
  }

  #test(test: Test): string {
    const { column } = test;
    switch (test.operator) {
      case 'in range':
        return this.#between(column, test.value.from, test.value.to);
      case 'in prefix': {
        const { bytes, length } = test.value;
        return this.#between(column, bytes, fillHostBits(bytes, length, 1));
      }
      case 'has all': {
        const mask = this.#bind(column, test.value);
        return `bitAnd(\`${column}\`, ${mask}) = ${mask}`;
      }
      case '==':
      case '!=': {
        if (!isList(column) || test.value === '') return this.#compare(test);
        const has = `has(${namesOf(column)}, ${this.#bind(column, test.value)})`;
        return test.operator === '==' ? has : `NOT ${has}`;
      }
      case 'contains':
      case '~':
        return this.#text(test);
      case 'column':
        return columnTest(test);
      case '<':
      case '<=':
      case '>':
      case '>=':
        return isList(column)
          ? `arrayExists(x -> x ${test.operator} ${this.#bind(column, test.value)}, ${namesOf(column)})`
          : this.#compare(test);
    }
  }

  #text({ column, operator, value }: TextTest): string {
    const text = this.#bind(column, operator === '~' ? clickhousePattern(value) : value);
    // A name has no comma: what is part of the cell is part of a name.
    if (operator === 'contains') return `position(\`${column}\`, ${text}) > 0`;
    return isList(column)
      ? `arrayExists(x -> match(x, ${text}), ${namesOf(column)})`
      : `match(\`${column}\`, ${text})`;
  }

  #compare({ column, operator, value }: EqualTest | OrderTest): string {
    return `\`${column}\` ${operator === '==' ? '=' : operator} ${this.#bind(column, value)}`;
  }

  #between(column: ColumnName, from: unknown, to: unknown): string {
    return `\`${column}\` BETWEEN ${this.#bind(column, from)} AND ${this.#bind(column, to)}`;
  }

  #bind(column: ColumnName, value: unknown): string {
    const { type, value: bound } = sqlValue(column, value);
    const name = `${this.prefix}${this.#count++}`;
    this.params[name] = bound;
    return `{${name}:${type}}`;
  }
}

/**
 * @param filter undefined = everything
 * @param prefix starts the placeholders' names, for a query that has others
 */
export function toSql(filter: Filter | undefined, prefix = 'p'): SqlCondition {
  const writer = new SqlWriter(prefix);
  const sql = filter ? writer.write(filter) : 'true';
  return { sql: filter?.op === 'or' ? `(${sql})` : sql, params: writer.params };
}
