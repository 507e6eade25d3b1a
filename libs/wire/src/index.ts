export { BatchEncoder, encodeBatch, schemaVersion } from './encode.js';
export { decodeBatch, DecodedBatch, type AddedColumn } from './decode.js';
export { rewriteBatch } from './rewrite.js';
export { packetStarts, sliceBatch, type Slice } from './slice.js';
export { timestampRange, utcDays, type TimestampRange } from './time.js';
export { WireError, type WireErrorCode } from './errors.js';
