import { Reader, type Response } from 'maxmind';
import { GeoError } from './errors.js';

/** What a database says of itself, checked against its size. */
export interface Metadata {
  /** `GeoLite2-City`, … */
  readonly type: string;
  readonly built: Date;
  readonly ipVersion: 4 | 6;
  readonly nodeCount: number;
  readonly recordSize: 24 | 28 | 32;
  readonly nodeBytes: number;
  /** Between the tree and the metadata */
  readonly dataBytes: number;
}

const MARKER = Buffer.from('\xab\xcd\xefMaxMind.com', 'latin1');
/** The format's own limit. */
const MAX_METADATA = 128 * 1024;
const SEPARATOR = 16;

const malformed = (problem: string, options?: ErrorOptions): GeoError =>
  new GeoError(
    'parse',
    'malformed',
    `${problem}; put a whole MaxMind database (.mmdb) in its place`,
    options,
  );

function findMetadata(bytes: Buffer): number {
  if (bytes.length === 0) throw malformed('is empty');
  if (bytes[0] === 0x1f && bytes[1] === 0x8b) throw malformed('is compressed with gzip, not unpacked');
  const from = Math.max(0, bytes.length - MAX_METADATA);
  const marker = bytes.subarray(from).lastIndexOf(MARKER);
  if (marker < 0) throw malformed('is truncated or no MaxMind database, as no metadata are at its end');
  return from + marker;
}

/** @throws GeoError 'malformed': it is not whole, or no database */
export function readDatabase(bytes: Buffer): { reader: Reader<Response>; metadata: Metadata } {
  const end = findMetadata(bytes);
  let reader: Reader<Response>;
  try {
    reader = new Reader<Response>(bytes);
  } catch (cause) {
    throw malformed(`has metadata that cannot be read (${(cause as Error).message})`, { cause });
  }
  const { binaryFormatMajorVersion: version, nodeCount, recordSize } = reader.metadata;
  const ipVersion: number = reader.metadata.ipVersion;
  if (version !== 2) throw malformed(`is of version ${version} of the format, not 2`);
  if (ipVersion !== 4 && ipVersion !== 6) throw malformed(`is for IP version ${String(ipVersion)}`);
  const nodeBytes = recordSize / 4;
  const dataBytes = end - nodeCount * nodeBytes - SEPARATOR;
  const separator = bytes.subarray(nodeCount * nodeBytes, nodeCount * nodeBytes + SEPARATOR);
  if (!(nodeCount > 0 && dataBytes >= 0) || separator.some((byte) => byte !== 0)) {
    throw malformed(
      `is damaged: its ${bytes.length} bytes do not hold the ${nodeCount} nodes that it claims`,
    );
  }
  const metadata: Metadata = {
    type: String(reader.metadata.databaseType),
    built: reader.metadata.buildEpoch,
    ipVersion,
    nodeCount,
    recordSize: recordSize as Metadata['recordSize'],
    nodeBytes,
    dataBytes,
  };
  return { reader, metadata };
}

/** @returns the error for what the package throws while it reads records */
export const damaged = (cause: unknown): GeoError =>
  malformed(`is damaged (${cause instanceof Error ? cause.message : String(cause)})`, { cause });
