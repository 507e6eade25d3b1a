// The demo's clients: about eight connection attempts a second, in turn to every kind of door that the firewall has.
// Every few minutes somebody scans its ports, which raises an alert.
// `client.mjs SECONDS` ends by itself after that long.
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { connect } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

const pauseMs = 125;
const [web, web6, protectedHost] = ['198.51.100.80', '2001:db8::80', '10.0.0.99'];

/** Somebody else, who tries one door after the other; nobody answers. */
const stranger = '198.51.100.66';
/** Longer than an alert lasts with its cool-down, so that each scan is told. */
const scanEveryMs = 360_000;
const firstScanMs = 15_000;

function scan() {
  for (let port = 1000; port < 1040; port++) {
    const socket = connect({ host: web, port, localAddress: stranger });
    socket.setTimeout(800, () => socket.destroy());
    socket.on('error', () => socket.destroy());
  }
}

/** Asks for a page and goes. A SYN is sent again after 1 s: who is not answered gives up before. */
function tcp(host, port) {
  const socket = connect({ host, port });
  socket.setTimeout(800, () => socket.destroy());
  socket.on('error', () => socket.destroy());
  socket.on('connect', () => socket.end('GET / HTTP/1.0\r\n\r\n'));
  socket.resume();
}

function udp(socket, host, port) {
  socket.send('demo', port, host);
}

async function open(type) {
  const socket = createSocket(type);
  socket.on('error', (error) => console.error(error.message));
  socket.bind(0);
  await once(socket, 'listening');
  return socket;
}

const udp4 = await open('udp4');
const udp6 = await open('udp6');

const attempts = [
  () => tcp(web, 80), // accepted
  () => tcp(web6, 443), // accepted
  () => tcp(web, 8080), // redirected to 80
  () => tcp(web, 23), // dropped
  () => tcp(web6, 25), // rejected with a TCP reset
  () => udp(udp4, web, 161), // dropped
  () => udp(udp6, web6, 123), // rejected with an ICMPv6 error
  () => tcp(web, 5432), // nobody's rule: the policy drops it
  () => tcp(protectedHost, 22), // not forwarded: the policy again
  () => tcp(web6, 80), // accepted
  () => tcp(web, 25), // rejected
  () => tcp(web6, 23), // dropped
];

const deadline = Date.now() + Number(process.argv[2]) * 1000;
let nextScan = Date.now() + firstScanMs;
for (let i = 0; Date.now() < deadline; i++) {
  if (Date.now() >= nextScan) {
    scan();
    nextScan += scanEveryMs;
  }
  attempts[i % attempts.length]();
  await sleep(pauseMs);
}
await sleep(1000);
udp4.close();
udp6.close();
