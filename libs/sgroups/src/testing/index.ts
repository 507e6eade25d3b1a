export * from './addresses.js';
export * from './data.js';
export * from './sink.js';
export * from './server.js';
