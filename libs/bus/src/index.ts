export * from './error.js';
export * from './log.js';
export * from './subjects.js';
export { isStartCheck } from './find-refusals.js';
export * from './headers.js';
export { inboxOf, type BusOptions } from './connect-options.js';
export { Bus } from './bus.js';
export * from './connect.js';
export * from './stored-message.js';
export * from './streams.js';
export * from './trace-batch.js';
export * from './publisher-options.js';
export * from './start-check.js';
export * from './batch-publisher.js';
export {
  type BusOccurrence,
  batchNotTaken,
  publisherOccurrences,
  spoolWriteFailed,
  type TellOccurrence,
} from './occurrences.js';
export * from './core-publisher.js';
export { type ConfirmationTimes } from './confirmations.js';
export * from './delivery.js';
export { type FoundConsumer, hubConsumer } from './hub-consumer.js';
export { type Settlement } from './settler.js';
export * from './stream-consumer.js';
export * from './stream-source.js';
export { TraceStream } from './trace-stream.js';
export * from './parts.js';
export * from './ruleset-message.js';
export * from './alert-message.js';
export * from './alert-match.js';
export * from './silence.js';
export {
  TraceHistory,
  type Anchor,
  type LiveMessage,
  type Located,
  type NamedBatch,
} from './trace-history.js';
export * from './live-feed.js';
export * from './heartbeat.js';
export * from './heartbeat-feed.js';
export { alertBucket, alertBucketStream, StateBucket, type StateEntry } from './state-bucket.js';
export { StreamTail, type TailMessage, type TailOptions } from './stream-tail.js';
export { alertsBetween, publishedAlerts, type PastAlert, type PublishedAlerts } from './alert-history.js';
