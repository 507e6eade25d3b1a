export * from './arbitraries.js';
export * from './rows.js';
