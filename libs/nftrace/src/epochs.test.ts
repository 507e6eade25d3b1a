import { expect, it } from 'vitest';
import { Epochs, Phase } from './epochs.js';

it('takes events for those of the new ruleset when all that was queued before it was in force has been read', () => {
  const epochs = new Epochs();
  const seen: (readonly [number, Phase])[] = [];
  const receive = (answer: number, now_ms: number, drained = true): void => {
    epochs.answered(answer, now_ms);
    seen.push([epochs.epoch, epochs.phase]);
    if (drained) epochs.drained(now_ms);
  };
  epochs.announced(7);
  receive(7, 10);
  receive(8, 14); // may have been queued before the change
  receive(8, 14.2); // the last event of before may not have been
  receive(8, 20, false); // the socket was empty too early
  receive(8, 24, false);
  receive(8, 25);
  receive(8, 26);
  epochs.announced(8);
  seen.push([epochs.epoch, epochs.phase]);
  receive(9, 30);
  expect(seen).toEqual([
    [7, Phase.sure],
    [7, Phase.either],
    [7, Phase.either],
    [7, Phase.either],
    [7, Phase.either],
    [7, Phase.either],
    [7, Phase.new],
    [8, Phase.sure],
    [8, Phase.either],
  ]);
});

it('keeps to the kernel where a notification was lost', () => {
  const epochs = new Epochs();
  epochs.announced(7);
  epochs.answered(9, 10);
  epochs.drained(11);
  epochs.answered(9, 12);
  expect([epochs.epoch, epochs.phase]).toEqual([8, Phase.new]);
});
