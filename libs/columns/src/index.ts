export * from './kinds.js';
export * from './values.js';
export * from './protocols.js';
export * from './columns.js';
export * from './address.js';
export * from './json.js';
export * from './strings.js';
export * from './batch.js';
