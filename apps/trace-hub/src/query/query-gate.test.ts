import { expect, it } from 'vitest';
import { GateFull, QueryGate } from './query-gate.js';

const never = new AbortController().signal;

it('lets so many in, the others one by one, and refuses those after them', async () => {
  const gate = new QueryGate(2, 1);
  const [first] = await Promise.all([gate.enter(never), gate.enter(never)]);
  const order: string[] = [];
  const third = gate.enter(never).then((leave) => {
    order.push('third');
    return leave;
  });
  await expect(gate.enter(never)).rejects.toBeInstanceOf(GateFull);
  const patient = gate.enter(never, true).then(() => order.push('patient'));
  expect([gate.running, gate.inLine, order]).toEqual([2, 2, []]);
  first?.();
  first?.();
  (await third)();
  await patient;
  expect([gate.running, gate.inLine, order]).toEqual([2, 0, ['third', 'patient']]);
});

it('forgets who goes while waiting', async () => {
  const gate = new QueryGate(1, 2);
  const leave = await gate.enter(never);
  const gone = new AbortController();
  const waiting = gate.enter(gone.signal);
  const other = gate.enter(never);
  gone.abort(new Error('gone'));
  await expect(waiting).rejects.toThrow('gone');
  expect(gate.inLine).toBe(1);
  leave();
  (await other)();
  expect([gate.running, gate.inLine]).toEqual([0, 0]);
  await expect(gate.enter(AbortSignal.abort(new Error('before')))).rejects.toThrow('before');
});
