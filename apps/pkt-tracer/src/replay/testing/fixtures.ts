import { type PipelineBatch } from '../../capture/pipeline.js';
import { readdirSync } from 'node:fs';
import { basename, join } from 'node:path';
import { jsonRow, type JsonRow } from '#columns';
import { type ReceiveRecord, RecordingReader, type RecordingRecord } from '#recording';
import { decodeBatch } from '#wire';
import { type CaptureCounts } from '../../capture/messages.js';
import { Replay, type ReplayOptions } from '../replay.js';

const directory = join(import.meta.dirname, '../../../../../libs/recording/fixtures');

/** The names of the recordings that `npm run fixtures` made */
export const fixtureNames = readdirSync(directory)
  .filter((file) => file.endsWith('.rec.gz'))
  .map((file) => basename(file, '.rec.gz'))
  .sort();

export const fixtureFile = (name: string): string => join(directory, `${name}.rec.gz`);

/** @throws the recording's fault */
export async function fixtureRecords(name: string): Promise<RecordingRecord[]> {
  const reader = await RecordingReader.open(fixtureFile(name));
  const records: RecordingRecord[] = [];
  for await (const record of reader.records()) records.push(record);
  if (reader.fault) throw reader.fault;
  return records;
}

/** @returns a copy of each message that came by the trace socket */
export function traceMessages(records: readonly RecordingRecord[]): Uint8Array[] {
  const isTrace = (r: RecordingRecord): r is ReceiveRecord => r.kind === 'receive' && r.socket === 'trace';
  return records
    .filter(isTrace)
    .flatMap(({ bytes, starts, ends }) =>
      starts.map((start, i) => new Uint8Array(bytes.subarray(start, ends[i]))),
    );
}

/** Replays records through the whole path. @returns the rows in the order of their batches */
export function replayRows(
  records: readonly RecordingRecord[],
  options: ReplayOptions & { maxBatchRows?: number } = {},
): { rows: JsonRow[]; counts: CaptureCounts } {
  const rows: JsonRow[] = [];
  let batches = 0;
  const take = ({ bytes }: PipelineBatch): void => {
    const batch = decodeBatch(bytes);
    for (let row = 0; row < batch.rows; row++) rows.push(jsonRow(batch, row));
  };
  const settings = {
    agentId: 'a',
    netns: '',
    run: 1,
    maxBatchRows: options.maxBatchRows ?? 16_384,
    linger_ms: 100,
  };
  const replay = new Replay(settings, { ready: () => true, nextBatch: () => batches++, take }, options);
  for (const record of records) replay.take(record);
  replay.finish();
  return { rows, counts: replay.counts };
}
