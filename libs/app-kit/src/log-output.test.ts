import { EventEmitter } from 'node:events';
import { describe, expect, it } from 'vitest';
import { LogOutput, type LogStream } from './log-output.js';

describe('LogOutput', () => {
  it('outlives a stream that takes nothing, counts what it missed, and tells it when it takes lines again', () => {
    const emitter = new EventEmitter();
    const world = { error: undefined as Error | undefined, written: [] as string[] };
    const stream: LogStream = Object.assign(emitter, {
      write: (text: string, done: (error?: Error | null) => void) => {
        const { error } = world;
        if (!error) world.written.push(text);
        done(error);
        if (error) emitter.emit('error', error);
      },
    });
    const output = new LogOutput(stream, (lines, reason) => output.write(`${lines} lost: ${reason}`));
    output.write('a');
    world.error = Object.assign(new Error('no space'), { code: 'ENOSPC' });
    for (const line of ['b', 'c']) output.write(line);
    expect(output.lost).toBe(2);
    world.error = undefined;
    for (const line of ['d', 'e']) output.write(line);
    expect(world.written).toEqual(['a', 'd', '2 lost: ENOSPC', 'e']);
    expect(output.lost).toBe(2);
  });

  it('is listened to where nobody listens, or its error would end the process', () => {
    const open = (stream: EventEmitter): number => {
      const taken = { write: (_: string, done: () => void) => done() };
      new LogOutput(Object.assign(stream, taken), () => undefined);
      return stream.listenerCount('error');
    };
    expect(open(new EventEmitter())).toBe(1);
    expect(open(new EventEmitter().on('error', () => undefined))).toBe(1);
  });

  it('says in its own words why lines were lost where it has no code', () => {
    let error: Error | undefined = new Error('gone');
    const told: string[] = [];
    const stream = { write: (_: string, done: (error?: Error) => void) => done(error) };
    const output = new LogOutput(Object.assign(new EventEmitter(), stream), (lines, reason) =>
      told.push(`${lines}: ${reason}`),
    );
    output.write('a');
    error = undefined;
    output.write('b');
    expect(told).toEqual(['1: gone']);
  });
});
