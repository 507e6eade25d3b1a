import { promisify } from 'node:util';
import { gunzip, gzip } from 'node:zlib';
import { type Anchor, type StateBucket } from '#bus';
import { type RulesetPlace } from './ruleset-reader.js';

const pack = promisify(gzip);
const unpack = promisify(gunzip);

/** What a hub needs to go on where another one, or itself, was. */
export interface Checkpoint {
  /** The stream of traces was evaluated up to here. */
  readonly place: Anchor;
  readonly rulesets: RulesetPlace;
  /** Number in the stream of alerts: all up to here came of what was evaluated up to `place`. */
  readonly alerts: number;
  /** When it was made, µs since 1970 by the clock of its hub. */
  readonly at_us: number;
  /** AlertEngine.snapshot */
  readonly engine: unknown;
}

/** Names the pieces that belong together; there are two sets of them, so that one is whole at any time. */
interface Head {
  readonly set: 'a' | 'b';
  readonly pieces: number;
  readonly bytes: number;
}

const headKey = 'checkpoint';
const pieceKey = (set: string, at: number): string => `checkpoint.${set}.${at}`;
/** Unpacked: no more is believed. */
const maxBytes = 2 ** 28;
const maxPieces = 64;

/** Another hub has written meanwhile: this one has lost its lease. */
export class CheckpointLost extends Error {
  override readonly name = 'CheckpointLost';
}

/** What is there is none. */
export class DamagedCheckpoint extends Error {
  override readonly name = 'DamagedCheckpoint';
}

/**
 * Keeps checkpoints in the bucket, gzipped and in pieces. The head is written last, and each write names the revision that
 * it replaces: a hub that lost its lease without knowing cannot put an older state over a newer one, nor parts of it.
 */
export class CheckpointStore {
  /** Of each key, as this hub knows it. */
  readonly #revisions = new Map<string, number>();
  #set: Head['set'] = 'b';

  constructor(private readonly bucket: Pick<StateBucket, 'get' | 'put' | 'maxBytes'>) {}

  /**
   * @returns the newest one, undefined where there is none; to be called before `save`
   * @throws DamagedCheckpoint: the next `save` replaces it; JetStreamError where NATS does not answer
   */
  async load(): Promise<Checkpoint | undefined> {
    this.#revisions.clear();
    const entry = await this.#get(headKey);
    const sets = { a: await this.#pieces('a'), b: await this.#pieces('b') };
    if (!entry) return undefined;
    const head = readHead(entry);
    this.#set = head.set;
    const packed = Buffer.concat(sets[head.set].slice(0, head.pieces));
    if (packed.length !== head.bytes)
      throw new DamagedCheckpoint(`it has ${packed.length} bytes of ${head.bytes}`);
    return readCheckpoint(await unpacked(packed));
  }

  /** @returns its bytes, packed @throws CheckpointLost, RangeError when it is too large, JetStreamError */
  async save(checkpoint: Checkpoint): Promise<number> {
    const packed = await pack(JSON.stringify(checkpoint), { level: 1 });
    const size = await this.bucket.maxBytes();
    const pieces = Math.ceil(packed.length / size);
    if (pieces > maxPieces) throw new RangeError(`it takes ${packed.length} bytes`);
    const set = this.#set === 'a' ? 'b' : 'a';
    for (let at = 0; at < pieces; at++)
      await this.#put(pieceKey(set, at), packed.subarray(at * size, (at + 1) * size));
    const head: Head = { set, pieces, bytes: packed.length };
    await this.#put(headKey, Buffer.from(JSON.stringify(head)));
    this.#set = set;
    return packed.length;
  }

  /** @returns those that a set has, of the newest or an older checkpoint */
  async #pieces(set: Head['set']): Promise<Uint8Array[]> {
    const pieces: Uint8Array[] = [];
    while (pieces.length < maxPieces) {
      const piece = await this.#get(pieceKey(set, pieces.length));
      if (!piece) break;
      pieces.push(piece);
    }
    return pieces;
  }

  async #get(key: string): Promise<Uint8Array | undefined> {
    const entry = await this.bucket.get(key);
    if (entry) this.#revisions.set(key, entry.revision);
    return entry?.bytes;
  }

  async #put(key: string, bytes: Uint8Array): Promise<void> {
    const revision = await this.bucket.put(key, bytes, this.#revisions.get(key) ?? 0);
    if (revision === undefined) throw new CheckpointLost('another hub has written a checkpoint');
    this.#revisions.set(key, revision);
  }
}

const isCount = (value: unknown): value is number => Number.isSafeInteger(value) && Number(value) >= 0;

function readHead(bytes: Uint8Array): Head {
  const { set, pieces, bytes: length } = parsed(bytes) as Partial<Head>;
  if ((set === 'a' || set === 'b') && isCount(pieces) && pieces <= maxPieces && isCount(length))
    return { set, pieces, bytes: length };
  throw new DamagedCheckpoint('its head is none');
}

async function unpacked(packed: Uint8Array): Promise<Uint8Array> {
  try {
    return await unpack(packed, { maxOutputLength: maxBytes });
  } catch (cause) {
    throw new DamagedCheckpoint(`it cannot be unpacked: ${(cause as Error).message}`, { cause });
  }
}

function parsed(bytes: Uint8Array): object {
  try {
    const value: unknown = JSON.parse(Buffer.from(bytes).toString());
    if (typeof value === 'object' && value !== null) return value;
  } catch {
    // Told below.
  }
  throw new DamagedCheckpoint('it is no JSON');
}

function readCheckpoint(bytes: Uint8Array): Checkpoint {
  const { place, rulesets, alerts, at_us, engine } = parsed(bytes) as Partial<Checkpoint>;
  const whole =
    isCount(place?.sequence) &&
    isCount(place.time_us) &&
    isCount(alerts) &&
    isCount(at_us) &&
    typeof engine === 'object';
  if (!whole) throw new DamagedCheckpoint('it is none');
  const sequence = isCount(rulesets?.sequence) ? rulesets.sequence : null;
  return { place, rulesets: { sequence, versions: rulesets?.versions }, alerts, at_us, engine };
}
