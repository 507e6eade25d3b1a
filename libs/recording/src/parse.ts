import {
  MORE_FLAG,
  RECEIVE_HEADER_BYTES,
  recordKinds,
  sockets,
  TIME_BYTES,
  TRUNCATED_BIT,
  type RecordedSocket,
} from './format.js';
import { isHead, isRuleset, isTotals } from './checks.js';
import {
  type ReceiveRecord,
  type RecordedTime,
  type RecordingHead,
  type RecordingRecord,
} from './records.js';

/** @returns the record, or undefined where the payload is not of its kind. Total: it never throws. */
export function parseRecord(kind: number, payload: Buffer): RecordingRecord | undefined {
  switch (kind) {
    case recordKinds.receive:
      return receive(payload);
    case recordKinds.ruleset: {
      const [at, value] = [time(payload), json(payload.subarray(TIME_BYTES))];
      return at && isRuleset(value) ? { kind: 'ruleset', at, ...value } : undefined;
    }
    case recordKinds.overrun: {
      const [at, socket] = [time(payload), socketOf(payload, TIME_BYTES)];
      return at && socket ? { kind: 'overrun', at, socket } : undefined;
    }
    case recordKinds.drops: {
      const total = payload.length === 8 ? payload.readDoubleLE(0) : NaN;
      return isCount(total) ? { kind: 'drops', total } : undefined;
    }
    case recordKinds.interface:
      if (payload.length < 5 || payload.length > 4 + 255) return undefined;
      return { kind: 'interface', index: payload.readUInt32LE(0), name: payload.toString('utf8', 4) };
    case recordKinds.end: {
      const [at, totals] = [time(payload), json(payload.subarray(TIME_BYTES))];
      return at && isTotals(totals) ? { kind: 'end', at, totals } : undefined;
    }
    default:
      return undefined;
  }
}

/** @returns what the head says; undefined where it is none */
export function parseHead(payload: Buffer): RecordingHead | undefined {
  const value = json(payload);
  return isHead(value) ? value : undefined;
}

function receive(payload: Buffer): ReceiveRecord | undefined {
  const [at, socket] = [time(payload), socketOf(payload, TIME_BYTES)];
  if (!at || !socket || payload.length < RECEIVE_HEADER_BYTES) return undefined;
  const count = payload.readUInt16LE(TIME_BYTES + 2);
  let from = RECEIVE_HEADER_BYTES + 4 * count;
  if (from > payload.length) return undefined;
  const [starts, ends, truncated]: [number[], number[], boolean[]] = [[], [], []];
  for (let i = 0; i < count; i++) {
    const word = payload.readUInt32LE(RECEIVE_HEADER_BYTES + 4 * i);
    starts.push(from);
    from += word & ~TRUNCATED_BIT;
    if (from > payload.length) return undefined;
    ends.push(from);
    truncated.push((word & TRUNCATED_BIT) !== 0);
  }
  if (from !== payload.length) return undefined;
  const more = ((payload[TIME_BYTES + 1] ?? 0) & MORE_FLAG) !== 0;
  return { kind: 'receive', at, socket, more, bytes: payload, starts, ends, truncated };
}

function time(payload: Buffer): RecordedTime | undefined {
  if (payload.length < TIME_BYTES) return undefined;
  const [wall_us, monotonic_us] = [payload.readDoubleLE(0), payload.readDoubleLE(8)];
  return isCount(wall_us) && isCount(monotonic_us) ? { wall_us, monotonic_us } : undefined;
}

function socketOf(payload: Buffer, at: number): RecordedSocket | undefined {
  return sockets[payload[at] ?? sockets.length];
}

function isCount(value: number): boolean {
  return Number.isSafeInteger(value) && value >= 0;
}

function json(bytes: Buffer): unknown {
  try {
    return JSON.parse(bytes.toString('utf8'));
  } catch {
    return undefined;
  }
}
