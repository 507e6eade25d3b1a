import { agentOfTraces, header, RejectBatch } from '#bus';
import {
  batchTimes,
  decodeBatch,
  otherNumber,
  otherText,
  schemaVersion,
  WireError,
  type DecodedBatch,
} from '#wire';

/** A batch whose rows are what its message says. */
export interface CheckedBatch {
  readonly source: DecodedBatch;
  readonly agent: string;
  readonly batchId: bigint;
  /** The UTC days of its rows, as `2026-11-21`. */
  readonly days: readonly string[];
  /** The minutes since 1970 that have decisive rows. */
  readonly minutes: readonly number[];
}

type Headers = Readonly<Record<string, string>>;

/** Each day is an insert of its own, and an agent's clock may be wrong, but not for each row. */
const maxDays = 8;

const quoted = (text: string): string => JSON.stringify(text);

function decode(arrow: Uint8Array): DecodedBatch {
  try {
    return decodeBatch(arrow);
  } catch (cause) {
    if (cause instanceof WireError) throw new RejectBatch(cause.code, cause.message, { cause });
    throw cause;
  }
}

function headerNumber(headers: Headers, name: string): bigint {
  const text = headers[name] ?? '';
  const value = /^\d{1,20}$/.test(text) ? BigInt(text) : -1n;
  if (value < 0n || value >= 1n << 64n)
    throw new RejectBatch('headers', `its header ${name} is ${quoted(text)}, not a number`);
  return value;
}

/** Columns that an older version lacks get their defaults; what a newer one has cannot be guessed. */
function checkSchema(headers: Headers): void {
  if (headers[header.schema] === undefined) return;
  const version = headerNumber(headers, header.schema);
  if (version <= BigInt(schemaVersion)) return;
  const sentence = `it has schema ${version}, this trace-hub takes up to ${schemaVersion}; upgrade trace-hub before its agents`;
  throw new RejectBatch('schema', sentence);
}

function checkRows(source: DecodedBatch, agent: string, batchId: bigint): void {
  const stranger = otherText(source, 'agent_id', agent);
  if (stranger >= 0) {
    const claimed = source.get('agent_id', stranger);
    throw new RejectBatch(
      'agent',
      `its row ${stranger} claims agent ${quoted(claimed)}, but ${quoted(agent)} published it`,
    );
  }
  const other = otherNumber(source, 'batch_id', batchId);
  if (other >= 0) {
    const batch = source.get('batch_id', other);
    throw new RejectBatch('batch_id', `its row ${other} bears batch ${batch}, its header ${batchId}`);
  }
}

/**
 * @returns whose batch a message claims to be
 * @throws RejectBatch when it does not say so
 */
export function claimedBatch(subject: string, headers: Headers): { agent: string; batchId: bigint } {
  const agent = agentOfTraces(subject);
  if (agent === undefined) throw new RejectBatch('subject', `its subject ${subject} names no agent`);
  return { agent, batchId: headerNumber(headers, header.batch) };
}

/**
 * Holds a message's rows against its subject and headers: the agent in the subject is the one that counts.
 * @param arrow the unpacked Arrow stream
 * @throws RejectBatch when it cannot be read or does not agree
 */
export function checkBatch(subject: string, headers: Headers, arrow: Uint8Array): CheckedBatch {
  const { agent, batchId } = claimedBatch(subject, headers);
  checkSchema(headers);
  const rows = headerNumber(headers, header.rows);
  const source = decode(arrow);
  if (BigInt(source.rows) !== rows)
    throw new RejectBatch('rows', `it has ${source.rows} rows, its header says ${rows}`);
  checkRows(source, agent, batchId);
  const { days, minutes } = batchTimes(source);
  if (days.length > maxDays)
    throw new RejectBatch('days', `it has rows of ${days.length} days; at most ${maxDays} are taken`);
  return { source, agent, batchId, days, minutes };
}
