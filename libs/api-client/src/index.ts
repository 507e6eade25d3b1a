export { anyOf } from './abort.js';
export { pause } from './backoff.js';
export * from './errors.js';
export { MAX_LINE } from './lines.js';
export * from './client.js';
export { type FollowOptions, type LostEvent, type StreamEvent } from './follow.js';
