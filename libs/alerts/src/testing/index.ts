export * from './rows.js';
export * from './raw-source.js';
export * from './run.js';
