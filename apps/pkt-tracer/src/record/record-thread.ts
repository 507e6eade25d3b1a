import { type MessagePort, parentPort, receiveMessageOnPort, workerData } from 'node:worker_threads';
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
import { RecordBlock, type RecordedTime } from '#recording';
import { type RecordCommand, type RecordCounts, type RecordReport, type RecordSettings } from './messages.js';
import { RecordLoop } from './record-loop.js';
import { CHANGES_RING, TRACE_RING } from '../capture/rings.js';

/** A block is handed over when it has this many bytes, or when its first record is this old */
const BLOCK_BYTES = 192 * 1024;
const BLOCK_AGE_US = 100_000;

type Post = (report: RecordReport, transfer?: ArrayBuffer[]) => void;

/** Entry of the record thread: it never returns to the event loop until it is told to stop. */
function main(port: MessagePort, settings: RecordSettings): void {
  const post: Post = (report, transfer = []) => port.postMessage(report, transfer);
  try {
    const libc = openLibc();
    if (settings.netnsPath) enterNamespace(libc, settings.netnsPath);
    const trace = NetlinkSocket.open(libc, [NFNLGRP_NFTRACE, NFNLGRP_NFTABLES], {
      ...TRACE_RING,
      bufferBytes: settings.receiveBufferBytes,
    });
    const changes = NetlinkSocket.open(libc, [NFNLGRP_NFTABLES], CHANGES_RING);
    const now = recordingClock(libc);
    const blocks = new BlockPost(settings, post, now);
    const loop = new RecordLoop({
      trace,
      changes,
      now,
      interfaces: new InterfaceNames(libc),
      block: blocks.block,
      maxEvents: settings.maxEvents,
      rulesetChanged: (generation) => post({ kind: 'ruleset-changed', generation }),
    });
    post({ kind: 'listening' });
    run(loop, blocks, port, post, now);
    const counts: RecordCounts = { ...loop.counts, waited_ms: blocks.waited_ms };
    post({ kind: 'stopped', at: now(), counts });
    trace.close();
    changes.close();
  } catch (error) {
    const { op = 'record', code = 'unexpected', message } = error as Error & { op?: string; code?: string };
    const known = (error as Error).name === 'NetlinkError';
    post({ kind: 'failed', op, code, message: known ? message : ((error as Error).stack ?? message) });
  }
}

/** The monotonic part is the same in all threads (performance.now() is not: each counts from its own start). */
function recordingClock(libc: Libc): () => RecordedTime {
  const clock = systemClock(libc);
  return () => ({ wall_us: clock.now_us(), monotonic_us: Number(process.hrtime.bigint() / 1000n) });
}

function run(
  loop: RecordLoop,
  blocks: BlockPost,
  port: MessagePort,
  post: Post,
  now: () => RecordedTime,
): void {
  let begun = false;
  while (!loop.full) {
    const message = receiveMessageOnPort(port) as { message: RecordCommand } | undefined;
    if (message?.message.kind === 'stop') break;
    if (message?.message.kind === 'mark') {
      blocks.hand();
      post({ ...message.message, at: now() });
      begun = true;
    }
    // before the first listing nothing is read, as the capture thread does: the socket keeps the events
    if (!begun) {
      pause(5);
      continue;
    }
    loop.pass();
    blocks.handIfDue();
  }
  if (begun) loop.drain();
  blocks.hand();
}

/** Hands blocks to the main thread, and waits where it does not keep up: then the socket's buffer takes the events. */
class BlockPost {
  readonly block = new RecordBlock();
  waited_ms = 0;
  readonly #inFlight: Int32Array;
  #dueAt_us = 0;

  constructor(
    private readonly settings: RecordSettings,
    private readonly post: Post,
    private readonly now: () => RecordedTime,
  ) {
    this.#inFlight = new Int32Array(settings.inFlight);
  }

  handIfDue(): void {
    if (this.block.length === 0) {
      this.#dueAt_us = 0;
      return;
    }
    const { monotonic_us } = this.now();
    if (this.#dueAt_us === 0) this.#dueAt_us = monotonic_us + BLOCK_AGE_US;
    if (this.block.length >= BLOCK_BYTES || monotonic_us >= this.#dueAt_us) this.hand();
  }

  hand(): void {
    if (this.block.length === 0) return;
    this.#dueAt_us = 0;
    this.#wait();
    const bytes = this.block.take();
    Atomics.add(this.#inFlight, 0, bytes.length);
    this.post({ kind: 'block', bytes }, [bytes.buffer]);
  }

  #wait(): void {
    for (;;) {
      const bytes = Atomics.load(this.#inFlight, 0);
      if (bytes < this.settings.maxInFlightBytes) return;
      const began = performance.now();
      Atomics.wait(this.#inFlight, 0, bytes, 100);
      this.waited_ms += performance.now() - began;
    }
  }
}

function pause(ms: number): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms);
}

if (parentPort) main(parentPort, workerData as RecordSettings);
