import { ColumnBatch, type Fate, StringTable } from '#columns';
import { Assembler } from '../../assembler.js';
import {
  type AssemblerCounts,
  type AssemblerOptions,
  defaultAssemblerOptions,
} from '../../assembler-options.js';
import { TraceDecoder } from '../../decode.js';
import { TraceEvent } from '../../event.js';
import { ByteInterner } from '../../interner.js';
import { type TableFacts } from '../../rule-facts.js';
import { RuleIndex } from '../../rule-index.js';
import { traceMessage, type TraceMessage } from '../trace-message.js';
import { type HostileStep } from './hostile.js';
import { type StreamItem } from './stream.js';

/** One row that came out, as far as identity goes */
export interface SeenRow {
  /** Number of the event, counted as they were offered, that the row is of */
  event: number;
  ts: number;
  packetId: bigint;
  hop: number;
  fate: Fate;
  decisive: boolean;
  trid: number;
  ttl: number;
  iif: string;
  hook: string;
}

export interface Seen {
  rows: SeenRow[];
  /** The time stamps of the events that were offered */
  stamps: number[];
  counts: AssemblerCounts;
  /** The most packets that were in slots at a time */
  mostPending: number;
  /** Packets in slots after the end: 0 unless a slot was lost */
  left: number;
  /** How many of the slots were not free again after the end (hops, segments or packets) */
  leaked: number;
}

export interface DriveOptions extends Partial<AssemblerOptions> {
  /** Steps of the wall clock in seconds, one an event, from the start again when used up */
  clock?: readonly number[];
  /** Rows of a batch */
  batch?: number;
}

/** More than any generated stream needs, and quick to make */
const pools = { maxHops: 4096, maxPackets: 1024 };
const START_US = 1_700_000_000_000_000;
const SECOND_US = 1_000_000;

/** Decoder and assembler with the capture loop's own order of calls: offer, emit, evict, close the silent ones. */
export class Drive {
  readonly rows: SeenRow[] = [];
  readonly assembler: Assembler;
  readonly #strings = new StringTable();
  readonly #decoder = new TraceDecoder(new ByteInterner(this.#strings));
  readonly #event = new TraceEvent();
  readonly #batch: ColumnBatch;
  readonly #clock: readonly number[];
  readonly options: AssemblerOptions;
  #now_ms = 0;
  readonly #stamps: number[] = [];
  #mostPending = 0;

  constructor(tables: readonly TableFacts[], { clock = [0], batch = 8192, ...options }: DriveOptions = {}) {
    this.options = { ...defaultAssemblerOptions, ...pools, ...options };
    this.#clock = clock;
    this.#batch = new ColumnBatch(batch, this.#strings);
    const rules = new RuleIndex(this.#strings);
    rules.add(0, tables);
    const interfaces = { name: (index: number): string => `eth${index}` };
    this.assembler = new Assembler(this.#strings, interfaces, rules, this.options);
  }

  stream(items: readonly StreamItem[]): this {
    for (const item of items) {
      if (item.kind === 'event') this.offer({ ...item.event.message, id: item.id });
      else if (item.kind === 'gap') this.assembler.overrun();
      else this.pause();
    }
    return this;
  }

  hostile(steps: readonly HostileStep[]): this {
    for (const step of steps) {
      if (step.do === 'offer') this.offer(step.message);
      else if (step.do === 'pause') this.pause();
      else if (step.do === 'change') this.assembler.epoch++;
      else this.assembler[step.do]();
    }
    return this;
  }

  /** Offers an event until it is taken, as the capture loop does. */
  offer(message: TraceMessage): void {
    const bytes = traceMessage(message);
    const decoded = this.#decoder.decode(bytes, 0, bytes.length, this.#event);
    if (decoded !== 'event') throw new Error(`the generated message is ${decoded}`);
    const nth = this.#stamps.length;
    const now_us = START_US + nth + (this.#clock[nth % this.#clock.length] ?? 0) * SECOND_US;
    this.#stamps.push(now_us);
    for (let tries = 0; !this.assembler.add(this.#event, now_us, this.#now_ms); tries++) {
      if (tries > 2) throw new Error(`event ${nth} finds no room after ${tries} evictions`);
      this.#emit();
      if (this.assembler.add(this.#event, now_us, this.#now_ms)) break;
      this.assembler.evict();
      this.#emit();
    }
    this.#mostPending = Math.max(this.#mostPending, this.assembler.pending);
  }

  pause(): void {
    this.#now_ms += this.options.idle_ms + 5;
    this.assembler.closeIdle(this.#now_ms);
    this.#emit();
  }

  /** Closes all, and says what came out. */
  finish(): Seen {
    const { assembler } = this;
    assembler.closeAll();
    this.#emit();
    return {
      rows: [...this.rows],
      stamps: this.#stamps,
      counts: { ...assembler.counts },
      mostPending: this.#mostPending,
      left: assembler.pending,
      leaked: this.#leaked(),
    };
  }

  /** Fills the pools with evaluations of one event each, as many as they hold; large pools are not tried. */
  #leaked(): number {
    const { maxHops, maxPackets, maxHopsPerPacket } = this.options;
    const room = Math.min(maxHops, maxPackets * maxHopsPerPacket);
    if (room > 100) return 0;
    for (let n = 0; n < room; n++) {
      const id = 1000 + Math.floor(n / maxHopsPerPacket);
      const place = { id, table: 'unheard', chain: `chain${n}` };
      const bytes = traceMessage({ ...place, iif: 2, network: Buffer.of(0x45), verdict: -1 });
      this.#decoder.decode(bytes, 0, bytes.length, this.#event);
      if (!this.assembler.add(this.#event, 0, this.#now_ms)) return room - n;
    }
    return 0;
  }

  #emit(): void {
    let more = true;
    while (more) {
      more = this.assembler.emit(this.#batch, this.#now_ms, true);
      for (let row = 0; row < this.#batch.rows; row++) this.rows.push(this.#read(row));
      this.#batch.rows = 0;
    }
  }

  #read(row: number): SeenRow {
    const batch = this.#batch;
    return {
      // a step of the clock is whole seconds, and there are fewer events than a second has microseconds
      ts: batch.get('ts', row),
      event: (batch.get('ts', row) - START_US + 100 * SECOND_US) % SECOND_US,
      packetId: batch.get('packet_id', row),
      hop: batch.get('hop', row),
      fate: batch.get('fate', row) as Fate,
      decisive: batch.get('decisive', row),
      trid: batch.get('trid', row),
      ttl: batch.get('ttl', row),
      iif: batch.get('iif', row),
      hook: batch.get('hook', row),
    };
  }
}
