import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Lab } from '../support/lab.js';
import { Service } from './service.js';

describe('a service that ends by itself', () => {
  let lab: Lab;

  beforeEach(() => {
    lab = new Lab();
  });

  afterEach(() => lab.close());

  /** Ends when it runs for the first time. */
  const service = (last: string): Service => {
    const file = join(lab.directory('service'), 'ran');
    const script = `if [ -e ${file} ]; then sleep 1000; fi; touch ${file}; echo ${last} >&2; exit 1`;
    return new Service(lab, { name: 'program', command: ['sh', '-c', script] }, /^excused/);
  };

  it('is no fault where that is excused, and can be stopped when it is back', async () => {
    const program = service('excused');
    program.start();
    await program.life.program.ended();
    expect(program.faults).toEqual([]);
    await program.untilBack();
    expect(program.lives).toHaveLength(2);
    program.halt();
    program.goOn();
    expect(program.faults).toEqual([]);
    await program.end('SIGKILL');
  });

  it('stays away where all is stopped for good', async () => {
    const program = service('excused');
    program.start();
    await program.life.program.ended();
    program.freeze();
    await program.untilBack();
    expect([program.running, program.lives.length]).toEqual([false, 1]);
  });

  it('is a fault where it is not, and is told where it is to be stopped', async () => {
    const program = service('broken');
    program.start();
    await program.life.program.ended();
    await program.untilBack();
    expect(program.faults).toEqual(['program ended by itself (exit code 1): broken']);
    expect(() => program.halt()).toThrow('program cannot be stopped: broken');
  });
});
