// A program that stands for a ClickHouse server: the embedded engine behind ClickHouse's HTTP interface.
// Arguments: the directory, and the loopback port to listen on. Prints `listening` when it answers.
import { once } from 'node:events';
import { connect, createServer } from 'node:net';
import { EmbeddedEngine } from '../../libs/clickhouse/src/embedded.js';
import { HttpGateway } from '../../libs/clickhouse/src/testing/gateway.js';

const [directory = '', port = ''] = process.argv.slice(2);
const engine = await EmbeddedEngine.open(directory);
const gateway = await HttpGateway.start(engine);
const [host = '', inner] = gateway.host.split(':');

// the gateway takes whatever port is free; its clients need one that stays
const server = createServer((client) => {
  const upstream = connect(Number(inner), host);
  const close = (): void => {
    client.destroy();
    upstream.destroy();
  };
  for (const socket of [client, upstream]) socket.on('error', close).on('close', close);
  client.pipe(upstream).pipe(client);
});
server.listen(Number(port), '127.0.0.1');
await once(server, 'listening');
console.log('listening');

process.once('SIGTERM', () => {
  void gateway
    .stop()
    .then(() => engine.close())
    .then(() => process.exit(0));
});
