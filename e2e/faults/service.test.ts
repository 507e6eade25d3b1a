import { afterEach, beforeEach, expect, it } from 'vitest';
import { Lab } from '../support/lab.js';
import { Service } from './service.js';

let lab: Lab;

beforeEach(() => {
  lab = new Lab();
});

afterEach(() => lab.close());

it('tells of an end that nobody asked for, also where it is to be stopped', async () => {
  const service = new Service(lab, { name: 'program', command: ['sh', '-c', 'echo broken >&2; exit 1'] });
  service.start();
  await service.life.program.ended();
  expect(service.faults).toEqual(['program ended by itself (exit code 1): broken']);
  expect(() => service.halt()).toThrow('program cannot be stopped: broken');
});

it('does not tell of one that was asked for', async () => {
  const service = new Service(lab, { name: 'program', command: ['sleep', '1000'] });
  service.start();
  await service.end('SIGKILL');
  expect([service.running, service.faults]).toEqual([false, []]);
});
