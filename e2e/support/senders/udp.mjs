// Sends UDP datagrams as the JSON of standard input tells: { to, size, gapMs, flows: [{ sport, dport, count }] }.
// The flows take turns, so that different fates come interleaved.
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { isIPv6 } from 'node:net';
import { text } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';

const { to, size, gapMs, flows } = JSON.parse(await text(process.stdin));
const payload = Buffer.alloc(size, 'x');

async function open({ sport, dport, count }) {
  const socket = createSocket(isIPv6(to) ? 'udp6' : 'udp4');
  socket.bind(sport);
  await once(socket, 'listening');
  return { socket, dport, left: count };
}

function send({ socket, dport }) {
  return new Promise((resolve, reject) => {
    socket.send(payload, dport, to, (error) => (error ? reject(error) : resolve()));
  });
}

const sockets = await Promise.all(flows.map(open));
let sent = 0;
for (let turn = sockets; turn.length > 0; turn = turn.filter((flow) => flow.left > 0)) {
  for (const flow of turn) {
    await send(flow);
    flow.left--;
    sent++;
    if (gapMs > 0) await sleep(gapMs);
  }
}
for (const { socket } of sockets) socket.close();
console.log(JSON.stringify({ sent }));
