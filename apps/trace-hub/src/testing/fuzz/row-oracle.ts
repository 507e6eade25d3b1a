import { type RowSource } from '#columns';
import { toPredicate } from '#filter';
import { readQuery } from '../../http/read-query.js';
import { RowsQuery } from '../../read/rows-query.js';
import { type Operation } from './operations.js';
import { type FuzzRequest } from './request.js';
import { type FuzzAnswer } from './send.js';

const operations = new Set(['listPackets', 'listTraces']);

interface RowName {
  readonly packet_id: string;
  readonly hop: number;
}
const nameOf = ({ packet_id, hop }: RowName): string => `${packet_id}/${hop}`;

/** Knows all rows that are stored, and says which of them a request may see: the predicate of libs/filter, without any SQL. */
export class RowOracle {
  constructor(private readonly source: RowSource) {}

  /** @param between when the request was made and answered, µs @throws Error where rows came that did not match, or some did not come */
  check(
    operation: Operation,
    request: FuzzRequest,
    { status, type, body }: FuzzAnswer,
    between: [number, number],
  ): void {
    if (!operations.has(operation.id) || status !== 200) return;
    const shown = shownRows(type, body);
    if (!shown) return;
    const decisive = operation.id === 'listPackets';
    const [early, late] = between.map((nowUs) => this.#matching(request, decisive, nowUs));
    // A row at the edge of a time that moves (15m) is there or not.
    if (!early || !late || early.names.join() !== late.names.join()) return;
    const foreign = shown.find((name) => !early.names.includes(name));
    if (foreign !== undefined) throw new Error(`row ${foreign} does not match what was asked for`);
    if (new Set(shown).size !== shown.length) throw new Error('a row came twice');
    const wanted = early.limit === undefined ? early.names.length : Math.min(early.limit, early.names.length);
    if (!early.partly && shown.length !== wanted)
      throw new Error(`${shown.length} rows came, ${wanted} match: ${early.names.join(' ')}`);
  }

  #matching(request: FuzzRequest, decisive: boolean, nowUs: number): Matching {
    const query = readQuery(RowsQuery, rawQuery(request), nowUs);
    // A cursor has the times of its first page in it.
    const filter = query.cursor === undefined ? query.filter() : query.columnFilter();
    const matches = filter ? toPredicate(filter)(this.source) : () => true;
    const names: string[] = [];
    for (let row = 0; row < this.source.rows; row++) {
      if (decisive && !this.source.get('decisive', row)) continue;
      if (!matches(row)) continue;
      names.push(
        nameOf({ packet_id: String(this.source.get('packet_id', row)), hop: this.source.get('hop', row) }),
      );
    }
    const { first, last, limit, all } = query;
    // A page goes on where another ended: it has a part of them.
    const partly = query.cursor !== undefined || query.after !== undefined;
    return { names, partly, limit: all ? undefined : (first ?? last ?? limit ?? 100) };
  }
}

interface Matching {
  readonly names: readonly string[];
  readonly partly: boolean;
  readonly limit: number | undefined;
}

function shownRows(type: string, body: string): string[] | undefined {
  if (type === 'application/json') return (JSON.parse(body) as { rows: RowName[] }).rows.map(nameOf);
  if (type !== 'application/x-ndjson') return undefined;
  return body
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => nameOf(JSON.parse(line) as RowName));
}

function rawQuery({ path }: FuzzRequest): Record<string, string | string[]> {
  const raw: Record<string, string | string[]> = {};
  for (const [name, value] of new URLSearchParams(path.split(/\?(.*)/s)[1] ?? '')) {
    const before = raw[name];
    raw[name] = before === undefined ? value : [...[before].flat(), value];
  }
  return raw;
}
