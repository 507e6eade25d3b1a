import { describe, expect, it } from 'vitest';
import { Resume } from './resume.js';

const row = (batch: string, values: object = {}): string =>
  JSON.stringify({ agent_id: 'web1', batch_id: batch, ...values });
const loss = (seq: number, events: number): string =>
  JSON.stringify({ agent_id: 'web1', run: 'aa', seq, events });

describe('Resume', () => {
  it('knows the newest id, of whatever event', () => {
    const resume = new Resume();
    expect(resume.lastId).toBeUndefined();
    resume.take('live', '7-a-0', '{}');
    resume.take('row', undefined, row('1'));
    expect(resume.lastId).toBe('7-a-0');
    resume.take('heartbeat', '9-b-0', '{}');
    expect(resume.lastId).toBe('9-b-0');
  });

  it('knows rows of a batch again that comes under another id', () => {
    const resume = new Resume();
    const take = (id: string, batch: string): boolean => resume.take('row', id, row(batch));
    expect([take('7-a-0-1', '70'), take('7-a-0-4', '70'), take('8-b-0-0', '80')]).toEqual([true, true, true]);
    expect([take('1-x-0-1', '70'), take('1-x-0-4', '70'), take('1-x-0-6', '70')]).toEqual([
      false,
      false,
      true,
    ]);
    expect([take('2-y-0-0', '80'), take('3-z-0-0', '90')]).toEqual([false, true]);
    // The last row's id is its batch's.
    expect([take('7-a-0', '70'), take('5-w-0', '70')]).toEqual([true, false]);
    // A third time, under a third id.
    expect([take('9-q-0-6', '70'), take('9-q-0', '70')]).toEqual([false, false]);
  });

  it('does not take one agent for another, nor a row of the store for one of a batch', () => {
    const resume = new Resume();
    expect(resume.take('row', '7-a-0-1', row('70'))).toBe(true);
    expect(resume.take('row', '8-b-0-1', row('70', { agent_id: 'web2' }))).toBe(true);
    expect(resume.take('row', '7-a-0-c-70-1', row('70'))).toBe(true);
    expect(resume.take('row', '7-a-0-d-70-1', row('70'))).toBe(true);
  });

  it('passes on a loss when it is new or has grown', () => {
    const resume = new Resume();
    const told = [loss(1, 10), loss(1, 10), loss(2, 10), loss(1, 12), loss(1, 11)];
    expect(told.map((json) => resume.take('loss', undefined, json))).toEqual([
      true,
      false,
      true,
      true,
      false,
    ]);
  });

  it('forgets the oldest batches', () => {
    const resume = new Resume(2);
    for (const n of [1, 2, 3]) resume.take('row', `${n}-a-0-0`, row(String(n)));
    expect([1, 3].map((n) => resume.take('row', `${10 + n}-b-0-0`, row(String(n))))).toEqual([true, false]);
  });

  it('leaves what it does not understand to its reader', () => {
    const resume = new Resume();
    for (const text of ['', '1', 'null', '{}', '{"agent_id":[],"batch_id":"1"}']) {
      expect([resume.take('row', '7-a-0-1', text), resume.take('loss', 'x', text)]).toEqual([true, true]);
      expect(resume.take('row', 'strange', text)).toBe(true);
    }
  });
});
