export { BatchEncoder, encodeBatch, schemaVersion } from './encode.js';
export { decodeBatch, DecodedBatch, type AddedColumn } from './decode.js';
export { joinStreams, schemaKey } from './join.js';
export { rewriteBatch } from './rewrite.js';
export { batchTimes, timestampRange, utcDays, type BatchTimes, type TimestampRange } from './time.js';
export { otherNumber, otherText } from './uniform.js';
export { decisiveRows, groupRows, type RowGroups } from './group-rows.js';
export { packetStarts, sliceBatch, type Slice } from './slice.js';
export { WireError, type WireErrorCode } from './errors.js';
