import { agentOfTraces, header, RejectBatch } from '#bus';
import { type RowSource } from '#columns';
import { decodeBatch, WireError, type DecodedBatch } from '#wire';

/** A batch whose rows are what its message says. */
export interface CheckedBatch {
  readonly source: DecodedBatch;
  readonly agent: string;
  readonly batchId: bigint;
}

function decode(arrow: Uint8Array): DecodedBatch {
  try {
    return decodeBatch(arrow);
  } catch (cause) {
    if (cause instanceof WireError) throw new RejectBatch(cause.code, cause.message, { cause });
    throw cause;
  }
}

function headerNumber(headers: Readonly<Record<string, string>>, name: string): bigint {
  const text = headers[name] ?? '';
  if (!/^\d{1,20}$/.test(text)) {
    throw new RejectBatch('headers', `its header ${name} is ${JSON.stringify(text)}, not a number`);
  }
  return BigInt(text);
}

function checkRows(source: RowSource, agent: string, batchId: bigint): void {
  for (let row = 0; row < source.rows; row++) {
    const claimed = source.get('agent_id', row);
    if (claimed !== agent) {
      const sentence = `its row ${row} claims agent ${JSON.stringify(claimed)}, but ${JSON.stringify(agent)} published it`;
      throw new RejectBatch('agent', sentence);
    }
    const batch = source.get('batch_id', row);
    if (batch !== batchId) {
      throw new RejectBatch('batch_id', `its row ${row} bears batch ${batch}, its header ${batchId}`);
    }
  }
}

/**
 * Holds a message's rows against its subject and headers: the agent in the subject is the one that counts.
 * @param arrow the unpacked Arrow stream
 * @throws RejectBatch when it cannot be read or does not agree
 */
export function checkBatch(
  subject: string,
  headers: Readonly<Record<string, string>>,
  arrow: Uint8Array,
): CheckedBatch {
  const agent = agentOfTraces(subject);
  if (agent === undefined) throw new RejectBatch('subject', `its subject ${subject} names no agent`);
  const rows = headerNumber(headers, header.rows);
  const batchId = headerNumber(headers, header.batch);
  const source = decode(arrow);
  if (BigInt(source.rows) !== rows) {
    throw new RejectBatch('rows', `it has ${source.rows} rows, its header says ${rows}`);
  }
  checkRows(source, agent, batchId);
  return { source, agent, batchId };
}
