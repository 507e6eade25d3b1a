export { crashBatch, joinByDecoding, midnightOf } from './crash-batch.js';
export { queryRows } from './query.js';
export { flowSums, rowSums, type MinuteSum } from './sums.js';
export { HttpFront, type FrontFaults, type FrontOptions } from './http-front.js';
export { EmbeddedEngine } from '../embedded.js';
