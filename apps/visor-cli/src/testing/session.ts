import { VisorClient } from '#api-client';
import { Writable } from 'node:stream';
import { Clock } from '../format/clock.js';
import { paint } from '../format/paint.js';
import { Output } from '../output.js';
import { Progress } from '../progress.js';
import { type Session } from '../session.js';

/** Noon, UTC, of the day of the tests' data. */
export const noon = Date.UTC(2026, 10, 21, 15);

/** A session whose output is kept. */
export interface TestSession extends Session {
  /** What was printed, and what a person was told beside it. */
  readonly printed: () => string;
  readonly notices: string[];
  readonly end: () => void;
}

/** @param values what is otherwise than of a session that prints into a file */
export function testSession(host: string, values: Partial<Session> = {}): TestSession {
  const chunks: string[] = [];
  const stream = new Writable({
    write(chunk: Buffer, _encoding, done) {
      chunks.push(chunk.toString());
      done();
    },
  });
  const ended = new AbortController();
  const notices: string[] = [];
  return {
    client: new VisorClient({ host }),
    output: new Output(stream),
    paint: paint(false),
    clock: () => new Clock(() => noon, { utc: true }),
    now: () => noon,
    width: Infinity,
    isTerminal: false,
    onResize: () => undefined,
    notice: (line) => void notices.push(line),
    progress: new Progress(stream, false),
    signal: ended.signal,
    printed: () => chunks.join(''),
    notices,
    end: () => ended.abort(),
    ...values,
  };
}
