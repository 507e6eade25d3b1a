import {
  type BatchFacts,
  type Header,
  HEADER_BYTES,
  nextHeader,
  payloadIntact,
  readHeader,
} from './record.js';

/** A batch in a segment: where its record begins. */
export interface FoundBatch extends BatchFacts {
  readonly offset: number;
}

/** What a place of a segment that cannot be read has lost; `rows` and `batchId` where its header still tells. */
export interface Damage {
  readonly offset: number;
  readonly rows: number;
  readonly batchId?: bigint;
  readonly from_us?: number;
  readonly until_us?: number;
}

export interface Scan {
  /** In the order they were appended. */
  readonly batches: readonly FoundBatch[];
  /** Batches of other segments, or of this one, that others stand for now. */
  readonly replaced: readonly bigint[];
  readonly damages: readonly Damage[];
}

/** Reads a segment, whatever is in it: what cannot be read is told, and what follows is found again. Never throws. */
export function scanSegment(buffer: Buffer): Scan {
  const found = { batches: [] as FoundBatch[], replaced: [] as bigint[], damages: [] as Damage[] };
  let at = 0;
  while (at < buffer.length) {
    const header = readHeader(buffer, at);
    if (!header || header.kind === 'part') {
      found.damages.push({ offset: at, rows: 0 });
      at = nextHeader(buffer, at);
    } else if (payloadIntact(buffer, at, header)) {
      if (header.kind === 'batch') found.batches.push(batchAt(buffer, at, header));
      else takeGroup(buffer, at, header, found);
      at += HEADER_BYTES + header.payloadLength;
    } else {
      found.damages.push(damageOf(at, header));
      at += HEADER_BYTES + header.payloadLength;
    }
  }
  return found;
}

/** A group that is torn stands for nothing: the batch that it was to replace is still there. */
function damageOf(offset: number, { kind, batchId, rows, from_us, until_us }: Header): Damage {
  return kind === 'group' ? { offset, rows: 0 } : { offset, rows, batchId, from_us, until_us };
}

function batchAt(buffer: Buffer, offset: number, header: Header): FoundBatch {
  const { batchId, rows, schema, from_us, until_us, netnsLength, payloadLength } = header;
  const netns = buffer.toString('utf8', offset + HEADER_BYTES, offset + HEADER_BYTES + netnsLength);
  return { batchId, rows, schema, from_us, until_us, netns, size: payloadLength - netnsLength, offset };
}

function takeGroup(
  buffer: Buffer,
  at: number,
  group: Header,
  found: { batches: FoundBatch[]; replaced: bigint[] },
): void {
  found.replaced.push(group.batchId);
  const end = at + HEADER_BYTES + group.payloadLength;
  let inner = at + HEADER_BYTES + group.netnsLength;
  while (inner < end) {
    const header = readHeader(buffer, inner);
    if (!header) return;
    found.batches.push(batchAt(buffer, inner, header));
    inner += HEADER_BYTES + header.payloadLength;
  }
}
