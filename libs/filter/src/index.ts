export * from './errors.js';
export * from './tree.js';
export { parseAddress, parsePrefix, inPrefix, type Address, type Prefix } from './ip.js';
export * from './time.js';
export { parseValue } from './values.js';
export * from './parameters.js';
export * from './sql.js';
export * from './predicate.js';
