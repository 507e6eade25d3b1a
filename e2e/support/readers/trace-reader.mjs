// Receives, decodes and assembles trace events as the agent's capture thread does, without sending the rows anywhere.
// Arguments: the words of capture.only as JSON, null for a socket without a filter; a directory, in which a file 1, 2 …
// says that a burst was sent. After each burst (the file is there, and nothing came for half a second) it prints what the
// burst took: { messages, overrun, cpu_us }. It runs until it is killed.
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { ColumnBatch, StringTable } from '#columns';
import { InterfaceNames, NetlinkSocket, NFNLGRP_NFTABLES, NFNLGRP_NFTRACE, openLibc } from '#netlink';
import { Assembler, ByteInterner, RuleIndex, TraceDecoder, TraceEvent, traceFilter } from '#nftrace';
import { startTracker } from './tracker.mjs';

const only = JSON.parse(process.argv[2]);
const directory = process.argv[3];
const QUIET_MS = 500;
/** The idle polls after the last message are not its price. */
const TAIL_MS = 50;

const libc = openLibc();
const strings = new StringTable();
const rules = new RuleIndex(strings);
rules.add(0, (await startTracker()).versions[0].tables);
const decoder = new TraceDecoder(new ByteInterner(strings));
const assembler = new Assembler(strings, new InterfaceNames(libc), rules);
const batch = new ColumnBatch(16_384, strings);
const event = new TraceEvent();
const socket = NetlinkSocket.open(libc, [NFNLGRP_NFTRACE, NFNLGRP_NFTABLES], {
  slots: 256,
  slotBytes: 2048,
  bufferBytes: 64 * 2 ** 20,
  ...(only === null ? {} : { filter: traceFilter(only) }),
});
const { ring } = socket;

function emit(now_ms) {
  while (assembler.emit(batch, now_ms, true)) batch.rows = 0;
  if (batch.rows > 8192) batch.rows = 0;
}

function take(slot, now_ms) {
  if (decoder.decode(ring.bytes, ring.start(slot), ring.end(slot), event) !== 'event') return;
  while (!assembler.add(event, now_ms * 1000, now_ms)) {
    assembler.evict();
    emit(now_ms);
  }
}

function receive() {
  const count = socket.receive(5) === 'messages' ? ring.received : 0;
  const now_ms = performance.now();
  for (let slot = 0; slot < count; slot++) take(slot, now_ms);
  assembler.closeIdle(now_ms);
  emit(now_ms);
  return count;
}

function burst(number) {
  const sent = join(directory, String(number));
  let messages = 0;
  while (messages === 0) messages = receive();
  const cpu = process.cpuUsage();
  let used = cpu;
  let last_ms = performance.now();
  while (performance.now() - last_ms < QUIET_MS || !existsSync(sent)) {
    const count = receive();
    const now_ms = performance.now();
    messages += count;
    if (count > 0) last_ms = now_ms;
    if (now_ms - last_ms < TAIL_MS) used = process.cpuUsage(cpu);
  }
  return { messages, overrun: socket.drops(), cpu_us: used.user + used.system };
}

console.log('listening');
for (let number = 1; ; number++) console.log(JSON.stringify(burst(number)));
