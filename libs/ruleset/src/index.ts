export * from './errors.js';
export * from './list.js';
export * from './snapshot.js';
export * from './text.js';
export * from './json.js';
export * from './version.js';
