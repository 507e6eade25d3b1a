import { describe, expect, it } from 'vitest';
import { type JsonRow } from '#columns';
import { Player, type PlayOptions } from './player.js';
import { JsonLines, type ReplayOutput } from './output.js';
import { Replay } from './replay.js';
import { fixtureRecords, replayRows } from './testing/fixtures.js';
import { rowsText } from './testing/rows-text.js';

const settings = { agentId: 'a', netns: '', run: 1, maxBatchRows: 4096, linger_ms: 100 };
const reload = await fixtureRecords('reload');

/** Rows that JsonLines wrote; `most` writes, then the reader is gone. */
function lines(most = Infinity) {
  const seen = { text: '', writes: 0 };
  let fail = (): void => undefined;
  const to = {
    on: (_event: string, listener: () => void) => (fail = listener),
    write: (text: string, done: () => void) => {
      seen.writes++;
      if (seen.writes > most) fail();
      else seen.text += text;
      done();
      return true;
    },
  };
  const output = new JsonLines(to as never);
  const rows = (): JsonRow[] =>
    seen.text
      .split('\n')
      .filter(Boolean)
      .map((line) => JSON.parse(line) as JsonRow);
  return { output, rows, seen };
}

async function play(output: ReplayOutput, options: PlayOptions = {}, records = reload) {
  const player = new Player(settings, output, options);
  await player.play(records, new AbortController().signal);
  return player;
}

describe('a replay', () => {
  it('prints every row as a JSON line', async () => {
    const { output, rows } = lines();
    const player = await play(output);
    expect(rows()).toHaveLength(player.counts.rows);
    expect(rowsText(rows())).toBe(rowsText(replayRows(reload).rows));
  });

  it('at the pace of the recording, or shifted to now, gives the same', async () => {
    const [plain, shifted] = [lines(), lines()];
    const few = (await fixtureRecords('arp')).slice();
    await play(plain.output, {}, few);
    const began = Date.now();
    await play(shifted.output, { now: true, realtime: true }, few);
    const times = shifted.rows().map((row) => Date.parse(String(row.ts)));
    expect(times[0]).toBeGreaterThanOrEqual(began - 1);
    expect(times[0]).toBeLessThanOrEqual(Date.now());
    const untimed = (row: JsonRow): JsonRow => ({ ...row, ts: '' });
    expect(rowsText(shifted.rows().map(untimed))).toBe(rowsText(plain.rows().map(untimed)));
  });

  it('ends when nobody reads it any more', async () => {
    const { output, seen } = lines(1);
    await play(output);
    expect(seen.writes).toBe(2);
  });

  it('delivers and closes while recorded time goes on without records', () => {
    let batches = 0;
    const take = (): void => void batches++;
    const replay = new Replay(settings, { ready: () => true, nextBatch: () => batches, take });
    const first = reload.findIndex((record) => record.kind === 'receive' && record.starts.length > 1);
    for (const record of reload.slice(0, first + 1)) replay.take(record);
    expect(batches).toBe(0);
    replay.wait(2000);
    expect(batches).toBeGreaterThan(0);
  });

  it('leaves a gap of years out', () => {
    const replay = new Replay(settings, { ready: () => true, nextBatch: () => 0, take: () => undefined });
    const at = { wall_us: 1, monotonic_us: 1 };
    const later = { wall_us: 2 ** 52, monotonic_us: 2 ** 52 };
    replay.take({ kind: 'overrun', at, socket: 'changes' });
    replay.take({ kind: 'end', at: later, totals: { events: 0, lost: 0 } });
    replay.finish();
    expect(replay.clock.monotonic_ms()).toBe(later.monotonic_us / 1000);
  });
});
