import { type MessagePort, parentPort, receiveMessageOnPort, workerData } from 'node:worker_threads';
import {
  enterNamespace,
  InterfaceNames,
  NetlinkSocket,
  NFNLGRP_NFTABLES,
  NFNLGRP_NFTRACE,
  openLibc,
  systemClock,
  threadCpu_us,
} from '#netlink';
import { GenerationProbe, onlyMask, PROBE_RING, traceFilter } from '#nftrace';
import { type CaptureLoop } from './capture-loop.js';
import { LossTally } from './loss-tally.js';
import { type CaptureCommand, type CaptureReport, type CaptureSettings, shared } from './messages.js';
import { buildPipeline, type PipelineSink } from './pipeline.js';
import { CHANGES_RING, TRACE_RING } from './rings.js';

const COUNTS_EVERY_MS = 1000;
/**
 * A receive comes back with the first event: at 100,000 a second with five of them, and the pass costs as much as for
 * hundreds. What comes in this time takes a fiftieth of the receive buffer, at a rate that no reader takes.
 */
const MAX_REST_MS = 4;
const BYTES_PER_REST_MS = 16 * 2 ** 20;
/** How long commands may keep the socket from being read */
const OBEY_MS = 20;

type Post = (report: CaptureReport, transfer?: ArrayBuffer[]) => void;

/** Entry of the capture thread: it never returns to the event loop until it is told to stop. */
function main(port: MessagePort, settings: CaptureSettings): void {
  const post: Post = (report, transfer = []) => port.postMessage(report, transfer);
  const open: NetlinkSocket[] = [];
  try {
    capture(port, settings, post, open);
  } catch (error) {
    const { op = 'capture', code = 'unexpected', message } = error as Error & { op?: string; code?: string };
    const known = (error as Error).name === 'NetlinkError';
    post({ kind: 'failed', op, code, message: known ? message : ((error as Error).stack ?? message) });
  } finally {
    // the end of a thread closes no socket that libc opened
    for (const socket of open) socket.close();
  }
}

/** @param open sockets that are to be closed at the end, whatever it is */
function capture(port: MessagePort, settings: CaptureSettings, post: Post, open: NetlinkSocket[]): void {
  const libc = openLibc();
  if (settings.netnsPath) enterNamespace(libc, settings.netnsPath);
  const trace = NetlinkSocket.open(libc, [NFNLGRP_NFTRACE, NFNLGRP_NFTABLES], {
    ...TRACE_RING,
    bufferBytes: settings.receiveBufferBytes,
    filter: traceFilter(settings.only),
  });
  open.push(trace);
  const changes = NetlinkSocket.open(libc, [NFNLGRP_NFTABLES], { ...CHANGES_RING, filter: traceFilter([]) });
  open.push(changes);
  const requests = NetlinkSocket.open(libc, [], PROBE_RING);
  open.push(requests);
  const sources = {
    trace,
    changes,
    clock: systemClock(libc),
    interfaces: new InterfaceNames(libc),
    generations: new GenerationProbe(requests),
  };
  const packetLimit = new Int32Array(settings.packetLimit);
  const tally = new LossTally();
  const loop = buildPipeline(sources, settings, sinkOf(settings, tally, post), {
    only: onlyMask(settings.only),
    maxPacketsPerSecond: () => Atomics.load(packetLimit, 0),
  });
  const postCounts = (kind: 'counts' | 'stopped'): void => {
    const losses = tally.take();
    if (losses.length > 0) post({ kind: 'lost', losses });
    post({ kind, counts: loop.counts, cpu_us: threadCpu_us(libc) });
  };
  post({ kind: 'listening' });
  try {
    const rest_ms = Math.min(MAX_REST_MS, settings.receiveBufferBytes / BYTES_PER_REST_MS);
    run(loop, port, rest_ms, () => postCounts('counts'));
  } finally {
    postCounts('stopped');
  }
}

/** Posts batches to the main thread while it owes us less than `maxInFlightBytes`. */
function sinkOf(settings: CaptureSettings, tally: LossTally, post: Post): PipelineSink {
  const numbers = new Int32Array(settings.shared);
  return {
    ready: () => Atomics.load(numbers, shared.inFlightBytes) < settings.maxInFlightBytes,
    nextBatch: () => Atomics.add(numbers, shared.nextBatch, 1),
    take: (batch) => {
      const { bytes } = batch;
      Atomics.add(numbers, shared.inFlightBytes, bytes.length);
      const buffer = bytes.buffer as ArrayBuffer;
      const whole = buffer.byteLength === bytes.length;
      post({ kind: 'batch', ...batch }, whole ? [buffer] : []);
    },
    lost: (cause, events, from_us, until_us) => tally.add(cause, events, from_us, until_us),
    rulesetChanged: (epoch) => post({ kind: 'ruleset-changed', epoch }),
  };
}

function run(loop: CaptureLoop, port: MessagePort, rest_ms: number, postCounts: () => void): void {
  const pause = new Int32Array(new SharedArrayBuffer(4));
  const commands = new Commands(port, loop);
  // before the first listing nothing is decoded: the socket keeps the events
  while (!commands.listed && !commands.stopped) {
    commands.obeyAll();
    Atomics.wait(pause, 0, 0, 5);
  }
  const heed = (): void => commands.obeyAll();
  let countsAt_ms = performance.now() + COUNTS_EVERY_MS;
  while (!commands.stopped) {
    if (loop.pass(heed)) Atomics.wait(pause, 0, 0, rest_ms);
    if (performance.now() >= countsAt_ms) {
      countsAt_ms = performance.now() + COUNTS_EVERY_MS;
      postCounts();
    }
  }
  loop.finish();
}

/** What the main thread tells this one. */
class Commands {
  listed = false;
  stopped = false;

  constructor(
    private readonly port: MessagePort,
    private readonly loop: CaptureLoop,
  ) {}

  /** All that are there, or as many as find time: of those that come faster than passes none may wait for its turn. */
  obeyAll(): void {
    const until_ms = performance.now() + OBEY_MS;
    do {
      const command: { message: unknown } | undefined = receiveMessageOnPort(this.port);
      if (!command) return;
      const message = command.message as CaptureCommand;
      this.stopped ||= message.kind === 'stop';
      this.listed ||= message.kind === 'ruleset';
      if (message.kind !== 'stop') obey(this.loop, message);
    } while (performance.now() < until_ms);
  }
}

function obey(loop: CaptureLoop, command: Exclude<CaptureCommand, { kind: 'stop' }>): void {
  switch (command.kind) {
    case 'ruleset':
      return loop.takeRuleset(command.epoch, command.tables, command.since);
    case 'own-servers':
      return loop.takeOwnServers(command.endpoints);
    case 'sgroups':
      return loop.takeSgroups(command.prefixes);
  }
}

if (parentPort) main(parentPort, workerData as CaptureSettings);
