export * from './error.js';
export { type BatchFacts, type SpoolBatch } from './record.js';
export { type Damage } from './scan.js';
export { type SyncPolicy } from './segment-writer.js';
export * from './spool.js';
