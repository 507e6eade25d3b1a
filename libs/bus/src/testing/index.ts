export * from './certificates.js';
export * from './free-port.js';
export * from './nats-server.js';
export * from './nats-cluster.js';
export * from './recording-log.js';
export * from './held-way.js';
