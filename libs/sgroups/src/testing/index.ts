export * from './addresses.js';
export * from './data.js';
