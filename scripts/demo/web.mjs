// The demo's web server (80, 443), and a log sender at an address of the protected network, which leaves masqueraded.
// Nobody listens for its logs, so each is answered by an ICMP error. Runs until it is stopped.
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { createServer } from 'node:http';
import { setInterval } from 'node:timers';

const [protectedAddress, logHost, logPort] = ['10.0.0.5', '198.51.100.7', 514];

for (const port of [80, 443]) {
  const server = createServer((_request, response) => response.end('It works.\n'));
  server.listen(port, '::');
  await once(server, 'listening');
}
console.log('listening');

/** From a new port each time: NAT is asked for the first packet of a connection only. */
function sendLog() {
  const socket = createSocket('udp4');
  socket.bind(0, protectedAddress, () => {
    socket.send('<14>demo: still here', logPort, logHost, () => socket.close());
  });
}

setInterval(sendLog, 2000);
