export * from './run-filter.js';
export * from './scripted-source.js';
