import { randomBytes } from 'node:crypto';
import { type MessagePort, parentPort, receiveMessageOnPort, workerData } from 'node:worker_threads';
import { ColumnBatch, StringTable } from '#columns';
import {
  enterNamespace,
  InterfaceNames,
  type Libc,
  NetlinkSocket,
  NFNLGRP_NFTABLES,
  NFNLGRP_NFTRACE,
  openLibc,
  systemClock,
} from '#netlink';
import { Assembler, ByteInterner, NFT_TRACE_MESSAGE, RuleIndex, TraceDecoder } from '#nftrace';
import { BatchEncoder } from '#wire';
import { CaptureLoop, NFT_NEWGEN_MESSAGE } from './capture-loop.js';
import { type CaptureCommand, type CaptureReport, type CaptureSettings } from './messages.js';

/** One trace event takes a few hundred bytes; names of tables and chains may be 255 each. */
const TRACE_RING = { slots: 256, slotBytes: 2048 };
const CHANGES_RING = { slots: 256, slotBytes: 64, bufferBytes: 4 * 1024 * 1024, types: [NFT_NEWGEN_MESSAGE] };
const COUNTS_EVERY_MS = 1000;

/** Entry of the capture thread: it never returns to the event loop until it is told to stop. */
function main(port: MessagePort, settings: CaptureSettings): void {
  const post = (report: CaptureReport): void => port.postMessage(report);
  try {
    const libc = openLibc();
    if (settings.netns) enterNamespace(libc, settings.netns);
    const trace = NetlinkSocket.open(libc, [NFNLGRP_NFTRACE, NFNLGRP_NFTABLES], {
      ...TRACE_RING,
      bufferBytes: settings.receiveBufferBytes,
      types: [NFT_TRACE_MESSAGE, NFT_NEWGEN_MESSAGE],
    });
    const changes = NetlinkSocket.open(libc, [NFNLGRP_NFTABLES], CHANGES_RING);
    const loop = buildLoop(libc, trace, changes, settings, post);
    post({ kind: 'listening' });
    run(loop, port, post);
    post({ kind: 'stopped', counts: loop.counts });
    trace.close();
    changes.close();
  } catch (error) {
    const { op = 'capture', code = 'unexpected', message } = error as Error & { op?: string; code?: string };
    const known = (error as Error).name === 'NetlinkError';
    post({ kind: 'failed', op, code, message: known ? message : ((error as Error).stack ?? message) });
  }
}

function buildLoop(
  libc: Libc,
  trace: NetlinkSocket,
  changes: NetlinkSocket,
  settings: CaptureSettings,
  post: (report: CaptureReport) => void,
): CaptureLoop {
  const strings = new StringTable();
  const rules = new RuleIndex(strings);
  return new CaptureLoop({
    trace,
    changes,
    clock: systemClock(libc),
    decoder: new TraceDecoder(new ByteInterner(strings)),
    rules,
    assembler: new Assembler(strings, new InterfaceNames(libc), rules),
    batch: new ColumnBatch(settings.maxBatchRows, strings),
    linger_ms: settings.linger_ms,
    deliver: delivery(settings, strings, post),
    rulesetChanged: (epoch) => post({ kind: 'ruleset-changed', epoch }),
  });
}

/** Stamps what all rows of a batch share, and posts it as Arrow unless too many wait already. */
function delivery(
  settings: CaptureSettings,
  strings: StringTable,
  post: (report: CaptureReport) => void,
): (batch: ColumnBatch) => boolean {
  const encoder = new BatchEncoder();
  const inFlight = new Int32Array(settings.inFlight);
  const agent = strings.id(settings.agentId);
  const netns = strings.id(settings.netns);
  const run = randomBytes(4).readUInt32LE();
  let counter = 0;
  return (batch) => {
    if (Atomics.load(inFlight, 0) >= settings.maxInFlight) return false;
    const { data, rows } = batch;
    data.agent_id.fill(agent, 0, rows);
    data.netns.fill(netns, 0, rows);
    for (let row = 0; row < rows; row++) {
      data.batch_id[2 * row] = counter;
      data.batch_id[2 * row + 1] = run;
    }
    const batchId = (BigInt(run) << 32n) | BigInt(counter++);
    Atomics.add(inFlight, 0, 1);
    post({ kind: 'batch', bytes: encoder.encode(batch), rows, batchId });
    return true;
  };
}

function run(loop: CaptureLoop, port: MessagePort, post: (report: CaptureReport) => void): void {
  let listed = false;
  let countsAt_ms = performance.now() + COUNTS_EVERY_MS;
  for (;;) {
    // before the first listing nothing is decoded: the socket keeps the events
    const command: { message: unknown } | undefined = listed
      ? receiveMessageOnPort(port)
      : waitForMessage(port);
    if (command) {
      const message = command.message as CaptureCommand;
      if (message.kind === 'stop') return loop.finish();
      loop.takeRuleset(message.epoch, message.tables);
      listed = true;
    }
    loop.pass();
    if (performance.now() >= countsAt_ms) {
      countsAt_ms = performance.now() + COUNTS_EVERY_MS;
      post({ kind: 'counts', counts: loop.counts });
    }
  }
}

function waitForMessage(port: MessagePort): { message: unknown } {
  const pause = new Int32Array(new SharedArrayBuffer(4));
  for (;;) {
    const command: { message: unknown } | undefined = receiveMessageOnPort(port);
    if (command) return command;
    Atomics.wait(pause, 0, 0, 5);
  }
}

if (parentPort) main(parentPort, workerData as CaptureSettings);
