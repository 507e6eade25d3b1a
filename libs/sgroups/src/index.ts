export { parseCidr, type Cidr } from './cidr.js';
export * from './compile.js';
export * from './data.js';
export * from './enricher.js';
export * from './errors.js';
export * from './pack.js';
export * from './prefix-table.js';
