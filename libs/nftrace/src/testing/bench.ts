import { ColumnBatch, jsonRow, type JsonRow, StringTable } from '#columns';
import { Assembler } from '../assembler.js';
import { type AssemblerOptions, defaultAssemblerOptions } from '../assembler-options.js';
import { NF_DROP, NFT_CONTINUE } from '../attributes.js';
import { TraceDecoder } from '../decode.js';
import { TraceEvent } from '../event.js';
import { ByteInterner } from '../interner.js';
import { type TableFacts } from '../rule-facts.js';
import { RuleIndex } from '../rule-index.js';
import { ipv4, udp } from './headers.js';
import { traceMessage, type TraceMessage } from './trace-message.js';

/** A base chain on each hook of table inet filter, as the tests' ruleset has it. */
export const testTable: TableFacts = {
  family: 'inet',
  name: 'filter',
  version: 'v1',
  chains: [
    ...['prerouting', 'input', 'forward', 'output', 'postrouting'].map((hook) => ({
      name: hook,
      hook,
      priority: 0,
    })),
    { name: 'raw', hook: 'prerouting', priority: -300 },
    { name: 'sub' },
  ],
  rules: [
    { handle: 4, text: 'meta nftrace set 1', comment: '', rejects: false },
    { handle: 5, text: 'tcp dport 8443 drop', comment: 'no admin', rejects: false },
    { handle: 6, text: 'udp dport 53 reject', comment: '', rejects: true },
    { handle: 7, text: 'tcp dport 80 accept', comment: '', rejects: false },
  ],
};

/** @returns the events of a UDP packet that rule 4 lets on and rule 5 drops */
export function testDatagram(id: number): [Uint8Array, Uint8Array] {
  const network = ipv4({ src: '10.0.0.1', dst: '10.0.0.2', proto: 17, ident: id });
  const transport = udp({ sport: 1, dport: 53 });
  return [
    traceMessage({ id, nfproto: 2, iif: 2, network, transport, handle: 4, verdict: NFT_CONTINUE }),
    traceMessage({ id, handle: 5, verdict: NF_DROP }),
  ];
}

/** Decoder and assembler as the capture thread has them, with a clock that the test moves. */
export class AssemblyBench {
  readonly strings = new StringTable();
  readonly rules = new RuleIndex(this.strings);
  readonly assembler: Assembler;
  readonly #decoder = new TraceDecoder(new ByteInterner(this.strings));
  readonly #event = new TraceEvent();
  now_ms = 0;

  constructor(options: Partial<AssemblerOptions> = {}, tables: TableFacts[] = [testTable]) {
    const interfaces = { name: (index: number) => `eth${index}` };
    this.assembler = new Assembler(this.strings, interfaces, this.rules, {
      ...defaultAssemblerOptions,
      ...options,
    });
    if (tables.length > 0) this.rules.add(0, tables);
  }

  /** @returns what the assembler says to the last of them */
  feed(...messages: TraceMessage[]): boolean {
    let taken = true;
    for (const message of messages) {
      const bytes = traceMessage(message);
      const decoded = this.#decoder.decode(bytes, 0, bytes.length, this.#event);
      if (decoded !== 'event') throw new Error(`the test's message is ${decoded}`);
      taken = this.assembler.add(this.#event, 1_700_000_000_000_000 + this.now_ms * 1000, this.now_ms);
    }
    return taken;
  }

  /** Lets all packets fall silent. @returns every row, sorted by packet and hop */
  rows(): JsonRow[] {
    this.now_ms += 1000;
    this.assembler.closeIdle(this.now_ms);
    return this.emitted(true);
  }

  /** @returns the rows of the packets that are closed by now */
  emitted(force = false): JsonRow[] {
    const rows: JsonRow[] = [];
    const batch = new ColumnBatch(8192, this.strings);
    let more = true;
    while (more) {
      more = this.assembler.emit(batch, this.now_ms, force);
      for (let row = 0; row < batch.rows; row++) rows.push(jsonRow(batch, row));
      batch.rows = 0;
    }
    const key = (r: JsonRow): bigint => (BigInt(r.packet_id) << 16n) | BigInt(r.hop);
    return rows.sort((a, b) => (key(a) < key(b) ? -1 : 1));
  }
}
