export * from './fake-kernel.js';
