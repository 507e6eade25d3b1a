import { agentColumns, type AgentColumnName, ColumnBatch, type Kind, type StringTable } from '#columns';
import { type Phase } from './epochs.js';
import { FreeList } from './free-list.js';
import { wordsOf } from './gather.js';
import { rareBit, rareGroups } from './rare-columns.js';

/** What the kernel tells once per evaluation of a base chain, and the agent carries to each of its hops. */
export const segmentColumns = [
  'hook',
  'iif',
  'oif',
  'hw_src',
  'hw_dst',
  'ether_type',
  'vlan',
  'mark',
  'ip_src',
  'ip_dst',
  'proto',
  'len',
  'ttl',
  'dscp',
  'ip_ident',
  'frag_offset',
  'sport',
  'dport',
  'tcp_flags',
  'tcp_seq',
  'tcp_ack',
  'tcp_window',
  'icmp_type',
  'icmp_code',
  'ct_id',
  'ct_dir',
  'ct_state',
  'ct_status',
  'sg_src',
  'sg_dst',
  'net_src',
  'net_dst',
] as const satisfies readonly AgentColumnName[];

/** The evaluations of base chains that open packets have gone through: headers by number. */
export class Segments {
  readonly columns: ColumnBatch;
  /** The packet's next segment, -1 at the end */
  readonly next: Int32Array;
  /** Where the evaluation started: what a second visit of the same chain is known by */
  readonly family: Uint8Array;
  readonly table: Int32Array;
  readonly chain: Int32Array;
  /** Of the base chain (see hook-order.ts); NaN while no event has named it */
  readonly order: Float64Array;
  /** The ruleset generation that was evaluated, as far as `phase` (see Phase) says */
  readonly epoch: Uint32Array;
  readonly phase: Uint8Array;
  /** Which of the columns that are mostly empty it has, see rare-columns.ts; `noteRare` after they are written */
  readonly rare: Uint8Array;
  readonly free: FreeList;
  readonly #bytes: readonly Uint8Array[];
  readonly #shorts: readonly Uint16Array[];
  readonly #words: readonly Uint32Array[];
  readonly #numbers: readonly Int32Array[];
  readonly #pairs: readonly Uint32Array[];
  /** In words of 32 bits, four an address */
  readonly #addresses: readonly Uint32Array[];
  readonly #source: Uint32Array;
  readonly #target: Uint32Array;
  /** One number a row, all of them */
  readonly #rare: readonly (Uint8Array | Uint16Array | Uint32Array | Int32Array)[];

  constructor(capacity: number, strings: StringTable) {
    this.columns = new ColumnBatch(capacity, strings, segmentColumns);
    this.next = new Int32Array(capacity);
    this.family = new Uint8Array(capacity);
    this.table = new Int32Array(capacity);
    this.chain = new Int32Array(capacity);
    this.order = new Float64Array(capacity);
    this.epoch = new Uint32Array(capacity);
    this.phase = new Uint8Array(capacity);
    this.rare = new Uint8Array(capacity);
    this.free = new FreeList(capacity);
    this.#bytes = this.#of('u8', 'bool');
    this.#shorts = this.#of('u16');
    this.#words = this.#of('u32', 'flags');
    this.#numbers = this.#of('name', 'enum');
    this.#pairs = this.#of('u64', 'mac', 'timestamp');
    this.#addresses = this.#of<Uint8Array>('ip').map(wordsOf);
    this.#source = wordsOf(this.columns.data.ip_src);
    this.#target = wordsOf(this.columns.data.ip_dst);
    this.#rare = segmentColumns.filter(rareBit).map((name) => this.columns.data[name]);
  }

  /** Notes of which ruleset the evaluation is: the kernel decides that once, when it begins (nft_do_chain). */
  setEpoch(segment: number, epoch: number, phase: Phase): void {
    this.epoch[segment] = epoch;
    this.phase[segment] = phase;
  }

  startAt(segment: number, family: number, table: number, chain: number): void {
    this.family[segment] = family;
    this.table[segment] = table;
    this.chain[segment] = chain;
  }

  /** Empties a slot, for what its packet does not have. One loop an array type: each stays monomorphic. */
  clear(segment: number): void {
    this.next[segment] = -1;
    this.order[segment] = NaN;
    if (this.rare[segment] !== 0) this.#clearRare(segment);
    for (const column of this.#bytes) column[segment] = 0;
    for (const column of this.#shorts) column[segment] = 0;
    for (const column of this.#words) column[segment] = 0;
    for (const column of this.#numbers) column[segment] = 0;
    for (const column of this.#pairs) column[2 * segment] = column[2 * segment + 1] = 0;
    for (const column of this.#addresses) {
      for (let word = 4 * segment; word < 4 * segment + 4; word++) column[word] = 0;
    }
  }

  /**
   * Gives a segment the names that another one of its packet has for the same addresses.
   * @returns whether both addresses are the same, so that nothing is left to look up
   */
  copyNames(from: number, to: number): boolean {
    const { sg_src, sg_dst, net_src, net_dst } = this.columns.data;
    const source = sameAddress(this.#source, from, to);
    const target = sameAddress(this.#target, from, to);
    if (source) sg_src[to] = sg_src[from] ?? 0;
    if (source) net_src[to] = net_src[from] ?? 0;
    if (target) sg_dst[to] = sg_dst[from] ?? 0;
    if (target) net_dst[to] = net_dst[from] ?? 0;
    return source && target;
  }

  /** To be called when all that a segment has from the headers has been written. */
  noteRare(segment: number): void {
    this.rare[segment] = rareGroups(this.columns.data, segment);
  }

  #clearRare(segment: number): void {
    this.rare[segment] = 0;
    for (const column of this.#rare) column[segment] = 0;
  }

  /** Gives a segment the headers of another, which may differ in what NAT and forwarding rewrite. */
  copyHeaders(from: number, to: number): void {
    this.rare[to] = this.rare[from] ?? 0;
    for (const column of this.#rare) column[to] = column[from] ?? 0;
    for (const column of this.#bytes) column[to] = column[from] ?? 0;
    for (const column of this.#shorts) column[to] = column[from] ?? 0;
    for (const column of this.#words) column[to] = column[from] ?? 0;
    for (const column of this.#numbers) column[to] = column[from] ?? 0;
    for (const column of this.#pairs) column.copyWithin(2 * to, 2 * from, 2 * from + 2);
    for (const column of this.#addresses) column.copyWithin(4 * to, 4 * from, 4 * from + 4);
  }

  #of<T>(...kinds: Kind[]): T[] {
    const names = agentColumns
      .filter((c) => kinds.includes(c.kind) && segmentNames.has(c.name) && rareBit(c.name) === 0)
      .map((c) => c.name);
    return names.map((name) => this.columns.data[name] as T);
  }
}

const segmentNames: ReadonlySet<AgentColumnName> = new Set(segmentColumns);

function sameAddress(words: Uint32Array, a: number, b: number): boolean {
  for (let i = 0; i < 4; i++) if (words[4 * a + i] !== words[4 * b + i]) return false;
  return true;
}
