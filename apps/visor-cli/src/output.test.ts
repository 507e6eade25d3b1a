import { PassThrough, Writable } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { Output } from './output.js';

function failing(code: string): Writable {
  return new Writable({
    write: (_chunk, _encoding, done) => done(Object.assign(new Error(code), { code })),
  });
}

describe('Output', () => {
  it('writes', async () => {
    const stream = new PassThrough();
    const output = new Output(stream);
    await output.write('a');
    await output.write('');
    await output.write('b');
    expect(String(stream.read())).toBe('ab');
    expect(output.gone.aborted).toBe(false);
  });

  it('knows when the reader left, and drops the rest', async () => {
    const output = new Output(failing('EPIPE'));
    await output.write('a');
    expect(output.gone.aborted).toBe(true);
    await expect(output.write('b')).resolves.toBeUndefined();
  });

  it('fails on any other fault', async () => {
    const output = new Output(failing('ENOSPC'));
    await expect(output.write('a')).rejects.toThrow('ENOSPC');
  });
});
