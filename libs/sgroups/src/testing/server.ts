export { SgroupsServer, type ServerTls } from '../server/server.js';
export { type SgroupsStore } from '../server/store.js';
