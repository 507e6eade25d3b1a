export * from './arbitrary.js';
export * from './rows.js';
