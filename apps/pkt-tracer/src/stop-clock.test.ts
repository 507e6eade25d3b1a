import { recordingLog } from '#testing/bus';
import { expect, it } from 'vitest';
import { StopClock } from './stop-clock.js';

it('goes on behind a step that hangs or fails, and says so', async () => {
  const log = recordingLog();
  const clock = new StopClock(200, log);
  await clock.step('what is quick', 0.1, Promise.resolve());
  await clock.step('what is not there', 0.1, undefined);
  await clock.step('what fails', 0.2, Promise.reject(new Error('no disk')));
  await clock.step('what hangs', 0.5, new Promise(() => undefined));
  expect(clock.until(0.5)).toBeLessThan(2);
  expect(log.lines).toEqual([
    expect.stringContaining('what fails did not stop in order (no disk)'),
    expect.stringContaining('what hangs did not stop in time'),
  ]);
});
