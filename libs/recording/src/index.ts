export * from './block.js';
export * from './errors.js';
export * from './format.js';
export * from './parse.js';
export * from './reader.js';
export * from './records.js';
export * from './writer.js';
