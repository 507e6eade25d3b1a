export { BatchEncoder, encodeBatch, schemaVersion } from './encode.js';
export { decodeBatch, DecodedBatch } from './decode.js';
export { timestampRange, utcDays, type TimestampRange } from './time.js';
export { WireError, type WireErrorCode } from './errors.js';
