import { promisify } from 'node:util';
import { gunzip, gzip } from 'node:zlib';
import { type StateBucket } from '#bus';

const pack = promisify(gzip);
const unpack = promisify(gunzip);

/** Names the pieces that belong together; there are two sets of them, so that one is whole at any time. */
interface Head {
  readonly set: 'a' | 'b';
  readonly pieces: number;
  readonly bytes: number;
}

/** Unpacked: no more is believed. */
const maxBytes = 2 ** 28;
const maxPieces = 64;

/** Another hub has written meanwhile: this one has lost its lease. */
export class StateLost extends Error {
  override readonly name = 'StateLost';
}

/** What is there is none. */
export class DamagedState extends Error {
  override readonly name = 'DamagedState';
}

/**
 * Keeps a value in the bucket, as JSON, gzipped and in pieces. The head is written last, and each write names the revision that
 * it replaces: a hub that lost its lease without knowing cannot put an older state over a newer one, nor parts of it.
 */
export class KeptState {
  /** Of each key, as this hub knows it. */
  readonly #revisions = new Map<string, number>();
  #set: Head['set'] = 'b';

  /** @param name of the head; those of the pieces begin with it */
  constructor(
    private readonly bucket: Pick<StateBucket, 'get' | 'put' | 'maxBytes'>,
    private readonly name: string,
  ) {}

  /**
   * @returns the newest one, undefined where there is none; to be called before `save`
   * @throws DamagedState: the next `save` replaces it; JetStreamError where NATS does not answer
   */
  async load(): Promise<object | undefined> {
    this.#revisions.clear();
    const entry = await this.#get(this.name);
    const sets = { a: await this.#pieces('a'), b: await this.#pieces('b') };
    if (!entry) return undefined;
    const head = readHead(entry);
    this.#set = head.set;
    const packed = Buffer.concat(sets[head.set].slice(0, head.pieces));
    if (packed.length !== head.bytes)
      throw new DamagedState(`it has ${packed.length} bytes of ${head.bytes}`);
    return parsed(await unpacked(packed));
  }

  /** @returns its bytes, packed @throws StateLost, RangeError when it is too large, JetStreamError */
  async save(value: object): Promise<number> {
    const packed = await pack(JSON.stringify(value), { level: 1 });
    const size = await this.bucket.maxBytes();
    const pieces = Math.ceil(packed.length / size);
    if (pieces > maxPieces) throw new RangeError(`it takes ${packed.length} bytes`);
    const set = this.#set === 'a' ? 'b' : 'a';
    for (let at = 0; at < pieces; at++)
      await this.#put(this.#keyOf(set, at), packed.subarray(at * size, (at + 1) * size));
    const head: Head = { set, pieces, bytes: packed.length };
    await this.#put(this.name, Buffer.from(JSON.stringify(head)));
    this.#set = set;
    return packed.length;
  }

  /** @returns those that a set has, of the newest or an older checkpoint */
  async #pieces(set: Head['set']): Promise<Uint8Array[]> {
    const pieces: Uint8Array[] = [];
    while (pieces.length < maxPieces) {
      const piece = await this.#get(this.#keyOf(set, pieces.length));
      if (!piece) break;
      pieces.push(piece);
    }
    return pieces;
  }

  #keyOf(set: string, at: number): string {
    return `${this.name}.${set}.${at}`;
  }

  async #get(key: string): Promise<Uint8Array | undefined> {
    const entry = await this.bucket.get(key);
    if (entry) this.#revisions.set(key, entry.revision);
    return entry?.bytes;
  }

  async #put(key: string, bytes: Uint8Array): Promise<void> {
    const revision = await this.bucket.put(key, bytes, this.#revisions.get(key) ?? 0);
    if (revision === undefined) throw new StateLost(`another hub has written ${this.name}`);
    this.#revisions.set(key, revision);
  }
}

const isCount = (value: unknown): value is number => Number.isSafeInteger(value) && Number(value) >= 0;

function readHead(bytes: Uint8Array): Head {
  const { set, pieces, bytes: length } = parsed(bytes) as Partial<Head>;
  if ((set === 'a' || set === 'b') && isCount(pieces) && pieces <= maxPieces && isCount(length))
    return { set, pieces, bytes: length };
  throw new DamagedState('its head is none');
}

async function unpacked(packed: Uint8Array): Promise<Uint8Array> {
  try {
    return await unpack(packed, { maxOutputLength: maxBytes });
  } catch (cause) {
    throw new DamagedState(`it cannot be unpacked: ${(cause as Error).message}`, { cause });
  }
}

function parsed(bytes: Uint8Array): object {
  try {
    const value: unknown = JSON.parse(Buffer.from(bytes).toString());
    if (typeof value === 'object' && value !== null) return value;
  } catch {
    // Told below.
  }
  throw new DamagedState('it is no JSON');
}
