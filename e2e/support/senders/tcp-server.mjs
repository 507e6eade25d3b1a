// An echo server on the ports given as arguments, IPv4 and IPv6. Prints `listening` when all are open.
import { once } from 'node:events';
import { createServer } from 'node:net';

for (const port of process.argv.slice(2)) {
  const server = createServer((socket) => {
    socket.on('error', () => socket.destroy());
    socket.pipe(socket);
  });
  server.listen(Number(port), '::');
  await once(server, 'listening');
}
console.log('listening');
