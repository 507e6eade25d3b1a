import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { buildFirewall, FIREWALL_ADDRESS } from '../capture/firewall.js';
import { BenchError, type Lab } from '../capture/lab.js';
import { type Options } from './options.js';
import { Stack } from './stack.js';

/** Milliseconds from the sender's call to the line of `visor-cli watch -f`; both by this machine's clock. */
export interface LatencyResult {
  readonly packets: number;
  readonly seen: number;
  readonly p50: number;
  readonly p99: number;
  readonly most: number;
}

const FIRST_PORT = 20_000;
const GAP_MS = 50;
const PATIENCE_MS = 10_000;

/** One datagram from a port of its own each time; tells when. */
const sender = `
const { createSocket } = require('node:dgram');
const [address, first, count, gap] = process.argv.slice(1);
const wait = (ms) => new Promise((done) => setTimeout(done, ms));
(async () => {
  for (let i = 0; i < Number(count); i++) {
    const socket = createSocket('udp4');
    await new Promise((done) => socket.bind(Number(first) + i, done));
    console.log(Number(first) + i, performance.timeOrigin + performance.now());
    await new Promise((done) => socket.send('x', 53, address, done));
    socket.close();
    await wait(Number(gap) * (0.5 + Math.random()));
  }
})();`;

export async function measureLatency(lab: Lab, { packets }: Options): Promise<LatencyResult> {
  const namespaces = buildFirewall(lab);
  const stack = await Stack.start(lab, 'latency');
  const { part: hub, url } = await stack.hub();
  const agent = await stack.agent(namespaces.firewall);
  const cli = join(import.meta.dirname, '../../../apps/visor-cli/bin/run.cjs');
  const watch = lab.launch([process.execPath, cli, 'watch', '-f', '-o', 'jsonl'], {
    env: { VISOR_HOST: url },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const seen = new Map<number, number>();
  if (!watch.stdout) throw new BenchError('visor-cli has no output');
  createInterface(watch.stdout).on('line', (line) => {
    const port = Number((JSON.parse(line) as { sport?: number }).sport);
    if (!seen.has(port)) seen.set(port, performance.timeOrigin + performance.now());
  });
  const send = (first: number, count: number) => sendFrom(lab, namespaces.client, first, count);
  // Until the first is seen, it is the start that takes time.
  for (let port = FIRST_PORT - 100; seen.size === 0; port++) {
    if (port === FIRST_PORT) throw new BenchError('visor-cli watch -f shows nothing');
    await send(port, 1);
    await sleep(300);
  }
  await send(10_000, 40);
  const sent = await send(FIRST_PORT, packets);
  const deadline = Date.now() + PATIENCE_MS;
  while (![...sent.keys()].every((port) => seen.has(port)) && Date.now() < deadline) await sleep(50);
  const took = [...sent].flatMap(([port, at]) => (seen.has(port) ? [(seen.get(port) ?? 0) - at] : []));
  took.sort((a, b) => a - b);
  watch.kill('SIGTERM');
  await agent.stop();
  await hub.stop();
  await stack.close();
  const share = (of: number): number => took[Math.min(took.length - 1, Math.floor(of * took.length))] ?? NaN;
  return {
    packets: sent.size,
    seen: took.length,
    p50: share(0.5),
    p99: share(0.99),
    most: took.at(-1) ?? NaN,
  };
}

async function sendFrom(
  lab: Lab,
  namespace: string,
  first: number,
  count: number,
): Promise<Map<number, number>> {
  const args = [FIREWALL_ADDRESS, first, count, GAP_MS].map(String);
  const child = lab.launch([process.execPath, '-e', sender, ...args], { namespace });
  const sent = new Map<number, number>();
  if (!child.stdout) throw new BenchError('the sender has no output');
  for await (const line of createInterface(child.stdout)) {
    const [port, at] = line.split(' ').map(Number);
    sent.set(port ?? 0, at ?? 0);
  }
  return sent;
}
