// Opens trace sockets as the JSON of the first argument tells: [{ only, bufferBytes, lazy }], `only: null` for one
// without a filter. Reads them until SIGTERM, a lazy one only then, and prints what each received, in hexadecimal, and
// the kernel's count of its drops.
import { setTimeout as sleep } from 'node:timers/promises';
import { NetlinkSocket, NFNLGRP_NFTABLES, NFNLGRP_NFTRACE, openLibc } from '#netlink';
import { traceFilter } from '#nftrace';

const libc = openLibc();
const sockets = JSON.parse(process.argv[2]).map(({ only, bufferBytes = 64 * 2 ** 20, lazy = false }) => {
  const filter = only === null ? {} : { filter: traceFilter(only) };
  const options = { slots: 256, slotBytes: 2048, bufferBytes, ...filter };
  return {
    socket: NetlinkSocket.open(libc, [NFNLGRP_NFTRACE, NFNLGRP_NFTABLES], options),
    lazy,
    messages: [],
  };
});

function read({ socket, messages }) {
  for (let received = socket.receive(0); received !== 'nothing'; received = socket.receive(0)) {
    const { ring } = socket;
    for (let slot = 0; slot < ring.received; slot++) {
      messages.push(ring.bytes.toString('hex', ring.start(slot), ring.end(slot)));
    }
  }
}

let stopped = false;
process.on('SIGTERM', () => (stopped = true));
console.log('listening');
while (!stopped) {
  sockets.filter(({ lazy }) => !lazy).forEach(read);
  await sleep(5);
}
// What is still on its way all of them hear: they are read until there is nothing more.
const heard = () => sockets.reduce((sum, { messages }) => sum + messages.length, 0);
for (let before = -1; heard() > before;) {
  before = heard();
  sockets.forEach(read);
  await sleep(100);
}
console.log(JSON.stringify(sockets.map(({ socket, messages }) => ({ drops: socket.drops(), messages }))));
