import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ColumnBatch, jsonRow, type JsonRow, StringTable } from '#columns';
import {
  Assembler,
  ByteInterner,
  type OnlyWord,
  RuleIndex,
  type TableFacts,
  TraceDecoder,
  TraceEvent,
} from '#nftrace';
import { type Lab } from './lab.js';
import { type SetSnapshot } from '#ruleset';
import { type Namespace } from './namespaces.js';
import { type Program } from './program.js';

const reader = (name: string): string[] => [
  process.execPath,
  join(import.meta.dirname, 'readers', `${name}.mjs`),
];

export interface TraceSocketOptions {
  /** The words of its filter; null: it has none */
  readonly only: readonly OnlyWord[] | null;
  readonly bufferBytes?: number;
  /** It is not read before the end. */
  readonly lazy?: boolean;
}

export interface Heard {
  readonly messages: readonly Buffer[];
  /** What the kernel threw away for want of buffer */
  readonly drops: number;
}

/** @returns a namespace's tables as the agent knows them; needs what `npm run build` made */
export async function listTables(namespace: Namespace): Promise<TableFacts[]> {
  return JSON.parse(await namespace.run(reader('ruleset'))) as TableFacts[];
}

/** Trace sockets in a namespace that hear the same events. They run what `npm run build` made. */
export class TraceSockets {
  private constructor(private readonly program: Program) {}

  static async open(
    lab: Lab,
    namespace: Namespace,
    sockets: readonly TraceSocketOptions[],
  ): Promise<TraceSockets> {
    const command = namespace.command(...reader('trace-sockets'), JSON.stringify(sockets));
    const program = lab.start({ name: 'trace-sockets', command });
    await program.untilOutput(/^listening$/m);
    return new TraceSockets(program);
  }

  /** Closes them. @returns what each heard, in the order in which they were asked for */
  async close(): Promise<Heard[]> {
    await this.program.kill('SIGTERM', 30_000);
    const heard = JSON.parse(this.program.lines.at(-1) ?? '') as { messages: string[]; drops: number }[];
    return heard.map(({ messages, drops }) => ({
      drops,
      messages: messages.map((m) => Buffer.from(m, 'hex')),
    }));
  }
}

/** What a reader as the capture thread has it needed for a burst of traffic */
export interface Cost {
  readonly messages: number;
  readonly overrun: number;
  readonly cpu_us: number;
}

/** Receives, decodes and assembles what each of `bursts` causes. @param only null = no filter @returns what each cost */
export async function measureReader(
  lab: Lab,
  namespace: Namespace,
  only: readonly OnlyWord[] | null,
  bursts: readonly (() => Promise<unknown>)[],
): Promise<Cost[]> {
  const sent = lab.directory('sent');
  const command = namespace.command(...reader('trace-reader'), JSON.stringify(only), sent);
  const program = lab.start({ name: 'trace-reader', command });
  await program.untilLines(1);
  for (const [i, burst] of bursts.entries()) {
    await burst();
    writeFileSync(join(sent, String(i + 1)), '');
    await program.untilLines(i + 2);
  }
  await program.kill();
  return program.lines.slice(1).map((line) => JSON.parse(line) as Cost);
}

/** @returns the rows that the assembler makes of raw messages, all packets closed at the end */
export function assembleRows(messages: readonly Uint8Array[], tables: readonly TableFacts[]): JsonRow[] {
  const strings = new StringTable();
  const rules = new RuleIndex(strings);
  rules.add(0, tables);
  const decoder = new TraceDecoder(new ByteInterner(strings));
  const assembler = new Assembler(strings, { name: (index) => `if${index}` }, rules);
  const event = new TraceEvent();
  for (const bytes of messages) {
    if (decoder.decode(bytes, 0, bytes.length, event) === 'event') assembler.add(event, 0, 0);
  }
  assembler.closeAll();
  const batch = new ColumnBatch(65_536, strings);
  assembler.emit(batch, 0, true);
  return Array.from({ length: batch.rows }, (_, row) => jsonRow(batch, row));
}

/** What became of a file that was loaded: what nft was asked for until the agent's text was nft's, and the sets then */
export type RulesetText = { asked: string[]; sets: SetSnapshot[] } | null;

/** Loads files into a namespace one after the other while its ruleset is followed as the agent does. */
export async function rulesetTexts(namespace: Namespace, files: readonly string[]): Promise<RulesetText[]> {
  const answer = await namespace.run(reader('ruleset-texts'), { input: JSON.stringify(files) });
  return JSON.parse(answer) as RulesetText[];
}
