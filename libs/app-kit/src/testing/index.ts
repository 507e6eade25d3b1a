export * from './lint-metrics.js';
