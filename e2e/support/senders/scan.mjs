// Tries one TCP port after the other as the JSON of standard input tells: { to, from, count, gapMs }. What is not answered
// within 300 ms is given up, before the kernel sends the SYN again. Prints how many were tried.
import { once } from 'node:events';
import { connect } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { text } from 'node:stream/consumers';

const { to, from, count, gapMs } = JSON.parse(await text(process.stdin));
const closed = [];
for (let port = from; port < from + count; port++) {
  const socket = connect({ host: to, port });
  socket.on('error', () => undefined);
  socket.setTimeout(300, () => socket.destroy());
  closed.push(once(socket, 'close'));
  if (gapMs > 0) await sleep(gapMs);
}
await Promise.all(closed);
console.log(JSON.stringify({ tried: count }));
