// Sends raw frames or packets as the JSON of standard input tells: { link, packets: [hex] } whole Ethernet frames out
// of an interface, or { to, packets: [hex] } IP packets with their own header through the output hook.
import { isIPv6 } from 'node:net';
import { text } from 'node:stream/consumers';
import koffi from 'koffi';

/** linux/socket.h, linux/in.h */
const AF_INET = 2;
const AF_INET6 = 10;
const AF_PACKET = 17;
const SOCK_RAW = 3;
const IPPROTO_RAW = 255;

const libc = koffi.load('libc.so.6');
const socket = libc.func('int socket(int domain, int type, int protocol)');
const sendto = libc.func(
  'long sendto(int fd, const uint8_t *data, size_t length, int flags, const uint8_t *to, uint32_t toLength)',
);
const if_nametoindex = libc.func('uint32_t if_nametoindex(const char *name)');

/** struct sockaddr_ll: only the interface counts for a frame with its own header. */
function linkAddress(name) {
  const index = if_nametoindex(name);
  if (index === 0) throw new Error(`no interface ${name} in this namespace`);
  const address = Buffer.alloc(20);
  address.writeUInt16LE(AF_PACKET, 0);
  address.writeInt32LE(index, 4);
  return address;
}

/** struct sockaddr_in of an IPv4 address. */
function internetAddress(ip) {
  const address = Buffer.alloc(16);
  address.writeUInt16LE(AF_INET, 0);
  address.set(ip.split('.').map(Number), 4);
  return address;
}

/** struct sockaddr_in6 of an IPv6 address without an embedded IPv4 one. */
function internetAddress6(ip) {
  const [head, tail] = ip.split('::').map((part) => part.split(':').filter(Boolean));
  const zeros = tail === undefined ? 0 : 8 - head.length - tail.length;
  const groups = [...head, ...Array(zeros).fill('0'), ...(tail ?? [])];
  const address = Buffer.alloc(28);
  address.writeUInt16LE(AF_INET6, 0);
  groups.forEach((group, i) => address.writeUInt16BE(parseInt(group, 16), 8 + 2 * i));
  return address;
}

function open({ link, to }) {
  if (link !== undefined) return { fd: socket(AF_PACKET, SOCK_RAW, 0), address: linkAddress(link) };
  if (isIPv6(to)) return { fd: socket(AF_INET6, SOCK_RAW, IPPROTO_RAW), address: internetAddress6(to) };
  return { fd: socket(AF_INET, SOCK_RAW, IPPROTO_RAW), address: internetAddress(to) };
}

const job = JSON.parse(await text(process.stdin));
const { fd, address } = open(job);
if (fd < 0) throw new Error(`cannot open a raw socket: errno ${koffi.errno()}; it needs CAP_NET_RAW`);
for (const [i, hex] of job.packets.entries()) {
  const packet = Buffer.from(hex, 'hex');
  const sent = sendto(fd, packet, packet.length, 0, address, address.length);
  if (Number(sent) !== packet.length) throw new Error(`packet ${i} was not sent: errno ${koffi.errno()}`);
}
console.log(JSON.stringify({ sent: job.packets.length }));
