import { type Readable } from 'node:stream';
import { setImmediate as turn } from 'node:timers/promises';
import { type FastifyReply } from 'fastify';
import { describe, expect, it } from 'vitest';
import { sendPieces } from './row-reply.js';

describe('sendPieces', () => {
  it('ends what makes the pieces where the client has gone before it takes the first', async () => {
    let ended = false;
    async function* pieces(): AsyncGenerator<string> {
      try {
        yield await Promise.resolve('{"a":1}\n');
        yield '{"a":2}\n';
      } finally {
        ended = true;
      }
    }
    // What fastify does with the stream where the socket is closed.
    const gone = {
      request: { method: 'GET' },
      header: () => gone,
      send: (stream: Readable) => {
        stream.destroy();
        return gone;
      },
    };
    await sendPieces(gone as unknown as FastifyReply, 'jsonl', pieces());
    await turn();
    await turn();
    expect(ended).toBe(true);
  });
});
