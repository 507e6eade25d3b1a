import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { expect, it } from 'vitest';
import { freePort } from './free-port.js';

it('gives each port once, to be bound, and none that the kernel gives by itself', async () => {
  const ports = await Promise.all(Array.from({ length: 300 }, () => freePort()));
  expect(new Set(ports).size).toBe(ports.length);
  const [lowest = 0] = readFileSync('/proc/sys/net/ipv4/ip_local_port_range', 'utf8')
    .split(/\s+/)
    .map(Number);
  expect(Math.max(...ports)).toBeLessThan(Math.max(lowest, 32_768));
  const server = createServer().listen(ports[0], '127.0.0.1');
  await once(server, 'listening');
  server.close();
});

it('is a claim that another process sees', async () => {
  const port = await freePort();
  const script = `require('net').createServer().listen('\\0visor-test-port-${port}').on('error', (error) => console.log(error.code))`;
  const other = spawn(process.execPath, ['-e', script]);
  const [said] = (await once(other.stdout, 'data')) as [Buffer];
  expect(said.toString()).toBe('EADDRINUSE\n');
});
