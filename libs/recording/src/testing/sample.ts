import { type ReceivedMessages } from '#netlink';
import { RecordBlock } from '../block.js';
import { RecordingReader } from '../reader.js';
import {
  type RecordedTable,
  type RecordedTime,
  type RecordingHead,
  type RecordingRecord,
} from '../records.js';

export const sampleHead: RecordingHead = {
  format: 1,
  agent: '1.2.3',
  kernel: '6.18.0',
  nft: 'nftables v1.0.6 (Lester Gooch #5)',
  netns: 'web',
  started: '2026-11-21T13:00:00.000Z',
};

export const sampleTable: RecordedTable = {
  family: 'inet',
  name: 'filter',
  handle: 1,
  text: 'table inet filter {\n}\n',
  version: '0123456789abcdef',
  chains: [{ name: 'input', type: 'filter', hook: 'input', priority: 0, policy: 'drop' }, { name: 'sub' }],
  rules: [{ handle: 4, text: 'accept', comment: '', rejects: false }],
};

/** @returns a time `ms` after a start */
export const sampleTime = (ms: number): RecordedTime => ({
  wall_us: 1_763_730_000_000_000 + ms * 1000,
  monotonic_us: 5_000_000 + ms * 1000,
});

/** @returns messages as a receive would have them */
export function ringOf(messages: readonly Uint8Array[], truncated: readonly number[] = []): ReceivedMessages {
  const starts = messages.map((_, i) => messages.slice(0, i).reduce((sum, m) => sum + m.length, 0));
  return {
    bytes: Buffer.concat(messages),
    slots: 256,
    received: messages.length,
    start: (slot) => starts[slot] ?? 0,
    end: (slot) => (starts[slot] ?? 0) + (messages[slot]?.length ?? 0),
    truncated: (slot) => truncated.includes(slot),
  };
}

/** A recording with a record of each kind. */
export function sampleRecording(): Uint8Array {
  const block = new RecordBlock();
  block.head(sampleHead);
  block.ruleset({ at: sampleTime(0), generation: 0, tables: [sampleTable] });
  block.interface(2, 'wan');
  block.receive(sampleTime(1), 'trace', ringOf([Buffer.from('one'), Buffer.from('two!')], [1]), 2, true);
  block.receive(sampleTime(2), 'changes', ringOf([Buffer.from('new')]), 1, false);
  block.overrun(sampleTime(3), 'trace');
  block.drops(17);
  block.receive(sampleTime(4), 'trace', ringOf([]), 0, false);
  block.end(sampleTime(5), { events: 2, lost: 17 });
  return block.take();
}

/** @returns what a reader makes of bytes that come in chunks of a size */
export async function readAll(
  bytes: Uint8Array,
  chunkBytes = 65_536,
): Promise<{ head: RecordingHead; records: RecordingRecord[]; fault: string | undefined }> {
  const chunks: Buffer[] = [];
  for (let at = 0; at < bytes.length; at += chunkBytes)
    chunks.push(Buffer.from(bytes.subarray(at, at + chunkBytes)));
  const reader = await RecordingReader.read('x.rec', chunks);
  const records: RecordingRecord[] = [];
  for await (const record of reader.records()) records.push(record);
  return { head: reader.head, records, fault: reader.fault?.message };
}
