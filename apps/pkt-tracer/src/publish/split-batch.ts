import { promisify } from 'node:util';
import { constants, gunzip as gunzipCallback, gzip as gzipCallback } from 'node:zlib';
import { type Split, type SplitBatch, type TraceBatch } from '#bus';
import { decodeBatch, type DecodedBatch, packetStarts, sliceBatch } from '#wire';

const gzip = promisify(gzipCallback);
const gunzip = promisify(gunzipCallback);

/** Packets [from, until) of a batch. */
interface Range {
  readonly from: number;
  readonly until: number;
}

/**
 * @param nextId gives each part its batch id
 * @returns what cuts a batch between packets; those that are too large alone are left out
 */
export function batchSplitter(nextId: () => bigint): SplitBatch {
  return async (batch, limit) => {
    const decoded = decodeBatch(await gunzip(batch.bytes));
    const starts = [...packetStarts(decoded), decoded.rows];
    const parts: TraceBatch[] = [];
    let tooLarge = 0;
    const pieces = Math.ceil((1.2 * batch.bytes.length) / limit);
    const ranges = cut({ from: 0, until: starts.length - 1 }, pieces);
    for (let range = ranges.shift(); range; range = ranges.shift()) {
      const [from = 0, until = 0] = [starts[range.from], starts[range.until]];
      const part = await partOf(batch, decoded, { from, until }, nextId);
      if (part.bytes.length <= limit) parts.push(part);
      else if (range.until - range.from === 1) tooLarge += part.rows;
      else ranges.unshift(...cut(range, 2));
    }
    return { parts, tooLarge } satisfies Split;
  };
}

/** @returns the range in so many pieces of about the same length, none empty */
function cut({ from, until }: Range, pieces: number): Range[] {
  const count = Math.min(pieces, until - from);
  const at = (piece: number): number => from + Math.floor(((until - from) * piece) / count);
  return Array.from({ length: count }, (_, piece) => ({ from: at(piece), until: at(piece + 1) }));
}

async function partOf(
  { subject, schema, span }: TraceBatch,
  batch: DecodedBatch,
  { from, until }: Range,
  nextId: () => bigint,
): Promise<TraceBatch> {
  const batchId = nextId();
  const bytes = await gzip(sliceBatch(batch, { from, until, batchId }), { level: constants.Z_BEST_SPEED });
  return { subject, schema, bytes, rows: until - from, batchId, ...(span && { span }) };
}
