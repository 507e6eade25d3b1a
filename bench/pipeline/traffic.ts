import { randomBytes } from 'node:crypto';
import { type ColumnBatch } from '#columns';
import { type Flow, makeFlows } from './flows.js';
import { Random } from './random.js';
import { type Hop } from './ways.js';

export interface TrafficOptions {
  readonly agent: string;
  readonly seed: number;
  readonly flows: number;
  /** Rows a second of the time stamps that the rows bear. */
  readonly rate: number;
  /** Where the time stamps begin, µs since 1970. */
  readonly from_us: number;
}

/** How many messages one read of the agent's socket brings, on average: they bear the same time. */
const READ_ROWS = 24;
/** The kernel's trace id is a hash of a buffer's address, and buffers are used again. */
const BUFFERS = 512;

/**
 * Rows as an agent makes them of real traffic: flows of a Zipf distribution over a few namespaces, each packet with 3 to
 * 6 hops, sequence numbers, idents and lengths that go on within their flow. The same seed gives the same rows, but for
 * packet and batch ids.
 */
export class Traffic {
  readonly #random: Random;
  readonly #flows: readonly Flow[];
  readonly #cumulated: Float64Array;
  readonly #trids: Uint32Array;
  readonly #packetHigh = randomBytes(4).readUInt32LE(0);
  readonly #run = randomBytes(4).readUInt32LE(0);
  #packet = 0;
  #batches = 0;
  #now_us: number;
  #readLeft = 0;

  constructor(private readonly options: TrafficOptions) {
    this.#random = new Random(options.seed);
    this.#flows = makeFlows(options.flows, this.#random);
    this.#cumulated = zipf(options.flows);
    this.#trids = Uint32Array.from({ length: BUFFERS }, () => this.#random.integer(2 ** 32));
    this.#now_us = options.from_us;
  }

  /** Fills the batch from its first row on, with whole packets. @returns its id */
  fill(batch: ColumnBatch): bigint {
    const { data } = batch;
    let row = 0;
    for (;;) {
      const flow = this.#pick();
      if (row + flow.way.length > batch.capacity) break;
      row = this.#packetOf(flow, batch, row);
    }
    batch.rows = row;
    const number = ++this.#batches;
    for (let i = 0; i < row; i++) {
      data.batch_id[2 * i] = number;
      data.batch_id[2 * i + 1] = this.#run;
    }
    return (BigInt(this.#run) << 32n) | BigInt(number);
  }

  #pick(): Flow {
    const at = this.#random.next();
    let [low, high] = [0, this.#cumulated.length - 1];
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.#cumulated[middle] as number) < at) low = middle + 1;
      else high = middle;
    }
    return this.#flows[low] as Flow;
  }

  #packetOf(flow: Flow, batch: ColumnBatch, from: number): number {
    const random = this.#random;
    const packet = this.#packet++;
    const trid = this.#trids[random.integer(BUFFERS)] as number;
    const length = flow.send(random);
    let row = from;
    for (const [at, hop] of flow.way.entries()) {
      if (this.#readLeft-- <= 0) this.#nextRead();
      const { data } = batch;
      data.ts[2 * row] = this.#now_us % 2 ** 32;
      data.ts[2 * row + 1] = this.#now_us / 2 ** 32;
      data.packet_id[2 * row] = packet;
      data.packet_id[2 * row + 1] = this.#packetHigh;
      data.hop[row] = at;
      data.trid[row] = trid;
      data.len[row] = length;
      this.#writeFlow(batch, row, flow);
      writeHop(batch, row, hop, flow);
      row++;
    }
    return row;
  }

  #nextRead(): void {
    this.#readLeft = 1 + this.#random.integer(2 * READ_ROWS - 1);
    this.#now_us += Math.ceil((this.#readLeft / this.options.rate) * 1e6 * (0.5 + this.#random.next()));
  }

  #writeFlow(batch: ColumnBatch, row: number, flow: Flow): void {
    const { data, strings } = batch;
    data.agent_id[row] = strings.id(this.options.agent);
    data.netns[row] = strings.id(flow.netns);
    data.sampling[row] = 1;
    data.iif[row] = strings.id(flow.iif);
    data.oif[row] = strings.id(flow.oif);
    put48(data.hw_src, row, flow.hwSrc);
    put48(data.hw_dst, row, flow.hwDst);
    data.ether_type[row] = strings.id(flow.v6 ? 'ip6' : 'ip');
    data.ip_src.set(flow.source, 16 * row);
    data.ip_dst.set(flow.destination, 16 * row);
    data.proto[row] = strings.id(flow.proto);
    data.ttl[row] = flow.ttl;
    data.ip_ident[row] = flow.ident;
    data.sport[row] = flow.sport;
    data.dport[row] = flow.dport;
    data.tcp_flags[row] = flow.tcpFlags;
    data.tcp_seq[row] = flow.seq;
    data.tcp_ack[row] = flow.ack;
    data.tcp_window[row] = windowOf(flow);
    data.ct_id[row] = flow.ctId;
    data.ct_dir[row] = strings.id('original');
    data.ct_state[row] = flow.packets > 1 ? 2 : 8;
    data.sg_src[row] = strings.id(flow.sgSrc);
    data.sg_dst[row] = strings.id(flow.sgDst);
    data.net_src[row] = strings.id(flow.netSrc);
    data.net_dst[row] = strings.id(flow.netDst);
  }
}

/** A client's first, then what its buffer has room for, as it comes to change while data flow. */
const windowOf = ({ proto, packets, seq }: Flow): number => {
  if (proto !== 'tcp') return 0;
  return packets > 1 ? 501 + ((seq >>> 13) % 64) : 64_240;
};

function writeHop({ data, strings }: ColumnBatch, row: number, hop: Hop, flow: Flow): void {
  data.fate[row] = strings.id(flow.fate);
  data.decisive[row] = hop.decisive ? 1 : 0;
  data.type[row] = strings.id(hop.type);
  data.family[row] = strings.id('inet');
  data.table[row] = strings.id(hop.table);
  data.chain[row] = strings.id(hop.chain);
  data.hook[row] = strings.id(hop.hook);
  data.handle[2 * row] = hop.handle;
  data.handle[2 * row + 1] = 0;
  data.rule[row] = strings.id(hop.rule);
  data.comment[row] = strings.id(hop.comment);
  data.verdict[row] = strings.id(hop.verdict);
  data.jt[row] = strings.id(hop.jt);
  data.table_version[row] = strings.id(hop.version);
}

function put48(data: Uint32Array, row: number, value: number): void {
  data[2 * row] = value % 2 ** 32;
  data[2 * row + 1] = value / 2 ** 32;
}

/** @returns the sums of 1/rank, scaled to end at 1 */
function zipf(count: number): Float64Array {
  const sums = new Float64Array(count);
  let sum = 0;
  for (let rank = 1; rank <= count; rank++) sums[rank - 1] = sum += 1 / rank;
  return sums.map((value) => value / sum);
}
