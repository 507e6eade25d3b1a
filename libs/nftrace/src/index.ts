export * from './assembler.js';
export * from './assembler-options.js';
export * from './attributes.js';
export * from './decode.js';
export * from './event.js';
export * from './interner.js';
export * from './rule-index.js';
