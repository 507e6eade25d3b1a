export * from './bench.js';
export * from './events.js';
export * from './headers.js';
export * from './trace-message.js';
