import { once } from 'node:events';
import { PassThrough } from 'node:stream';
import { type FastifyReply } from 'fastify';
import { describe, expect, it } from 'vitest';
import { clientSignal } from './client-signal.js';

const replyOf = (raw: PassThrough): FastifyReply => ({ raw }) as unknown as FastifyReply;

describe('clientSignal', () => {
  it.each([true, false])(
    'is aborted where the connection closes (before it was asked for: %s)',
    async (early) => {
      const raw = new PassThrough();
      const before = early ? undefined : clientSignal(replyOf(raw));
      const closed = once(raw, 'close');
      raw.destroy();
      await closed;
      expect((before ?? clientSignal(replyOf(raw))).aborted).toBe(true);
    },
  );
});
