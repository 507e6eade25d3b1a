export * from './nats-server.js';
export * from './recording-log.js';
