import { Injectable } from '@nestjs/common';
import { type PacketCandidate, selectPacketIds, selectPath, type Statement } from '#clickhouse';
import { formatTimestamp, type JsonRow } from '#columns';
import { Problem, type ProblemDetails } from '../http/problem.js';
import { HubParts } from '../parts.js';
import { QueryService } from '../query/query.service.js';
import { type Searched } from '../read/envelope.js';
import { type PacketQuery } from './packet-query.js';

/** A packet and its way through the ruleset. */
export interface PacketJson {
  /** The row that decided; null where it was lost or is gone. */
  readonly packet: JsonRow | null;
  /** All of its rows, in the order of the hops. */
  readonly path: readonly JsonRow[];
  readonly searched: Searched;
}

/** An id's beginning that several packets have. */
export class AmbiguousPacket extends Problem {
  constructor(
    id: string,
    private readonly candidates: readonly PacketCandidate[],
    more: boolean,
  ) {
    const many = more ? `more than ${candidates.length}` : String(candidates.length);
    super(409, `id: ${many} packets have an id that begins with ${id}; give more digits`, {
      field: 'id',
      value: id,
    });
  }

  override get details(): ProblemDetails & { readonly candidates: readonly PacketCandidate[] } {
    return { ...super.details, candidates: this.candidates };
  }
}

/** Fewer digits are the beginning of too many ids to be meant. */
const minDigits = 4;
const maxCandidates = 10;

/** Finds a packet by its id. */
@Injectable()
export class PacketService {
  constructor(
    private readonly queries: QueryService,
    private readonly parts: HubParts,
  ) {}

  /**
   * @param id its digits, or the first of them
   * @throws Problem 404 where there is none, 409 where several begin so
   */
  async find(id: string, query: PacketQuery, signal: AbortSignal): Promise<PacketJson> {
    const spent = { rows_read: 0, elapsed_ms: 0 };
    const read = async <T>(statement: Statement): Promise<T[]> => {
      const { rows, ...told } = await this.queries.document<T>(statement, { signal });
      spent.rows_read += told.readRows;
      spent.elapsed_ms += told.elapsed_ms;
      return rows;
    };
    let path = await read<JsonRow>(selectPath(BigInt(id), query));
    if (path.length === 0 && id.length >= minDigits) {
      const found = await read<PacketCandidate>(selectPacketIds(id, query, maxCandidates + 1));
      if (found.length > 1)
        throw new AmbiguousPacket(id, found.slice(0, maxCandidates), found.length > maxCandidates);
      const [only] = found;
      if (only) path = await read<JsonRow>(selectPath(BigInt(only.packet_id), query));
    }
    if (path.length === 0) throw this.#none(id, query, spent.rows_read);
    const packet = path.find(({ decisive }) => decisive === true) ?? null;
    return { packet, path, searched: { ...bounds(query), ...spent } };
  }

  #none(id: string, query: PacketQuery, read: number): Problem {
    const { since, until } = bounds(query);
    const days = this.parts.config.clickhouseTtlDays;
    const from = since === null ? `of the ${days} days that rows are kept for` : `since ${since}`;
    const to = until === null ? '' : ` until ${until}`;
    const begins = id.length >= minDigits ? 'is or begins with' : 'is';
    const detail = `id: no packet has an id that ${begins} ${id} among the rows ${from}${to} (${read} rows were read)`;
    const short = id.length >= minDigits ? '' : `; the first digits are enough from ${minDigits} on`;
    return new Problem(404, detail + short, { field: 'id', value: id });
  }
}

const time = (us: number | undefined): string | null => (us === undefined ? null : formatTimestamp(us));

const bounds = ({ sinceUs, untilUs }: PacketQuery): Pick<Searched, 'since' | 'until'> => ({
  since: time(sinceUs),
  until: time(untilUs),
});
