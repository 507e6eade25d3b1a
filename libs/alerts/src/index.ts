export * from './rule.js';
export * from './transition.js';
export * from './history.js';
export * from './engine-types.js';
export * from './engine.js';
export * from './parse.js';
export * from './ready.js';
