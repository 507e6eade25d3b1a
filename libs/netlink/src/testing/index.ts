export * from './scripted-source.js';
