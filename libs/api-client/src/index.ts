export { anyOf } from './abort.js';
export * from './errors.js';
export * from './client.js';
export { type FollowOptions, type StreamEvent } from './follow.js';
