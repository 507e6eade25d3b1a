// Sends UDP datagrams at a steady rate until SIGTERM, each with a number that its headers tell, as the JSON of the
// argument says: { from, to, rate, dports }. Number n has IP ident 1 + n % 65000, source port 20000 + n / 65000 and
// takes the destination ports by turns. For each tick it prints: first number, number after the last, and the monotonic
// clock before and after, in ms.
import { clearInterval, setInterval } from 'node:timers';
import koffi from 'koffi';

/** linux/socket.h, linux/in.h */
const AF_INET = 2;
const SOCK_RAW = 3;
const IPPROTO_RAW = 255;
const ENOBUFS = 105;
const TICK_MS = 20;
const IDENTS = 65_000;
const FIRST_SPORT = 20_000;

const { from, to, rate, dports } = JSON.parse(process.argv[2]);
const libc = koffi.load('libc.so.6');
const socket = libc.func('int socket(int domain, int type, int protocol)');
const sendto = libc.func(
  'long sendto(int fd, const uint8_t *data, size_t length, int flags, const uint8_t *to, uint32_t toLength)',
);
const bytesOf = (address) => address.split('.').map(Number);

const fd = socket(AF_INET, SOCK_RAW, IPPROTO_RAW);
if (fd < 0) throw new Error(`cannot open a raw socket: errno ${koffi.errno()}; it needs CAP_NET_RAW`);
const address = Buffer.alloc(16);
address.writeUInt16LE(AF_INET, 0);
address.set(bytesOf(to), 4);

// An IPv4 header whose length and checksum the kernel fills in, UDP without a checksum, 12 bytes.
const packet = Buffer.alloc(40);
packet.set([0x45, 0, 0, 40, 0, 0, 0, 0, 64, 17]);
packet.set(bytesOf(from), 12);
packet.set(bytesOf(to), 16);
packet.writeUInt16BE(20, 24);

function send(number) {
  packet.writeUInt16BE(1 + (number % IDENTS), 4);
  packet.writeUInt16BE(FIRST_SPORT + Math.floor(number / IDENTS), 20);
  packet.writeUInt16BE(dports[number % dports.length], 22);
  while (Number(sendto(fd, packet, packet.length, 0, address, address.length)) !== packet.length) {
    if (koffi.errno() !== ENOBUFS) throw new Error(`packet ${number} was not sent: errno ${koffi.errno()}`);
  }
}

const now_ms = () => Number(process.hrtime.bigint()) / 1e6;
const began_ms = now_ms();
let next = 0;
function tick() {
  const before_ms = now_ms();
  const due = Math.floor(((before_ms - began_ms) / 1000) * rate);
  const first = next;
  while (next < due) send(next++);
  if (next > first) console.log(`${first} ${next} ${before_ms.toFixed(3)} ${now_ms().toFixed(3)}`);
}

const ticking = setInterval(tick, TICK_MS);
process.on('SIGTERM', () => {
  clearInterval(ticking);
  tick();
  console.log('done');
});
