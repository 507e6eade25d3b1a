// node-netlink-process.js DIRECTORY: counts trace events with the `netlink` package installed in DIRECTORY.
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { type Counted } from './reader.js';

interface Socket {
  on(event: 'message', listener: (message: Buffer) => void): void;
  addMembership(group: number): void;
}
interface Package {
  RawNetlinkSocket: new (protocol: number, options: Record<string, unknown>) => Socket;
}

const NETLINK_NETFILTER = 12;
const NFNLGRP_NFTRACE = 9;
/** It sets SO_RCVBUF, which the kernel cuts to net.core.rmem_max. */
const BUFFER_BYTES = 64 * 2 ** 20;

const load = createRequire(join(process.argv[2] ?? '', 'package.json'));
const { RawNetlinkSocket } = load('netlink') as Package;
// without peeking it reads each message once, not twice
const socket = new RawNetlinkSocket(NETLINK_NETFILTER, {
  messagePeeking: false,
  recvBufferSize: BUFFER_BYTES,
});
let events = 0;
let bytes = 0;
socket.on('message', (message) => {
  events++;
  bytes += message.length;
});
process.on('SIGUSR2', () => {
  const counted: Counted = { events, rows: events, bytes, discarded: 0 };
  console.log(JSON.stringify(counted));
});
socket.addMembership(NFNLGRP_NFTRACE);
console.log('ready');
