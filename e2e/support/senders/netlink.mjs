// Sends netfilter netlink messages as the JSON of standard input tells: { messages: [hex] }, in one datagram.
// Answers with the errno of each acknowledgement that is an error: { errors: [22] }
import { text } from 'node:stream/consumers';
import koffi from 'koffi';

/** linux/socket.h, linux/netlink.h */
const AF_NETLINK = 16;
const SOCK_RAW = 3;
const NETLINK_NETFILTER = 12;
const MSG_DONTWAIT = 0x40;
const NLMSG_ERROR = 2;

const libc = koffi.load('libc.so.6');
const socket = libc.func('int socket(int domain, int type, int protocol)');
const send = libc.func('long send(int fd, const uint8_t *data, size_t length, int flags)');
const recv = libc.func('long recv(int fd, _Out_ uint8_t *data, size_t length, int flags)');

const { messages } = JSON.parse(await text(process.stdin));
const batch = Buffer.concat(messages.map((hex) => Buffer.from(hex, 'hex')));
const fd = socket(AF_NETLINK, SOCK_RAW, NETLINK_NETFILTER);
if (Number(send(fd, batch, batch.length, 0)) !== batch.length)
  throw new Error(`send: errno ${koffi.errno()}`);
// the kernel has done the transaction, and written its answers, when send returns
const errors = [];
const answer = Buffer.alloc(65536);
for (let size = 1; size > 0;) {
  size = Number(recv(fd, answer, answer.length, MSG_DONTWAIT));
  for (let at = 0; at + 20 <= size; at += (answer.readUInt32LE(at) + 3) & ~3) {
    const error = answer.readUInt16LE(at + 4) === NLMSG_ERROR ? answer.readInt32LE(at + 16) : 0;
    if (error !== 0) errors.push(-error);
  }
}
process.stdout.write(JSON.stringify({ errors }));
