import { expect, it } from 'vitest';
import { type LiveRows } from './live-rows.js';
import { type SseWriter } from './sse-writer.js';
import { streamQuery, StreamParameters } from './stream-query.js';
import { StreamSession, type SessionSource } from './stream-session.js';

it('is handed what comes right after it has caught up', async () => {
  const told: unknown[] = [];
  const writer = { closed: false, event: (name: string, _: object, id: string) => told.push(name, id) };
  let looks = 0;
  const live = {
    follow: () => Promise.resolve(() => undefined),
    get place() {
      // The second time the session sees that it has all; the next batch is handed out before anybody else has a turn.
      const handOut = (): void => {
        if (session.live) session.take({ sequence: 2, time_us: 2 }, undefined);
      };
      if (++looks === 2) queueMicrotask(handOut);
      return { sequence: 1, time_us: 1 };
    },
  };
  const source = { live: live as unknown as LiveRows, lossLog: { cursor_us: 0 } } as unknown as SessionSource;
  const session = new StreamSession(
    streamQuery(new StreamParameters()),
    writer as unknown as SseWriter,
    source,
  );
  await session.start();
  expect(told).toEqual(['live', '2-2-0']);
});
