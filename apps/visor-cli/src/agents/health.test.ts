import { describe, expect, it } from 'vitest';
import { type Agent } from '#api-client';
import { causesOf, healthOf, lagOf } from './health.js';

const at = (s: number): string => new Date(Date.UTC(2026, 10, 21, 12, 0, s)).toISOString();
const loss = (until: string): Agent['losses'][number] => ({
  ts: until,
  until,
  agent_id: 'web1',
  netns: '',
  run: 'aa',
  seq: 1,
  cause: 'overrun',
  events: 3,
});
const spool = (oldest: string): Agent['spool'] => ({
  ...{ mode: 'always', batches: 1, bytes: 1, unconfirmed: 0, rows_spooled: 0, rows_stored: 0 },
  ...{ rows_replayed: 0, oldest },
});
const agent = (values: Partial<Agent>): Agent =>
  ({ agent_id: 'web1', age_s: 2, ts: at(0), lost: {}, losses: [], spool: null, ...values }) as Agent;

describe('an agent', () => {
  it.each<[string, Partial<Agent>]>([
    ['ok', {}],
    ['late', { age_s: 16, losses: [loss(at(-1))] }],
    ['silent', { age_s: 61 }],
    ['losing', { losses: [loss(at(-800))] }],
    ['ok', { losses: [loss(at(-900))] }],
    ['behind', { spool: spool(at(-29)) }],
    ['ok', { spool: spool(at(-20)) }],
  ])('is %s with %j', (health, values) => {
    expect(healthOf(agent(values))).toBe(health);
  });

  it('tells its lag and what it lost by cause', () => {
    expect(lagOf(agent({ spool: spool(at(-10)) }))).toBe(12);
    expect(causesOf(agent({ lost: { overrun: 1, queue_full: 7, backlog: 0 } }))).toBe(
      'queue_full 7, overrun 1',
    );
  });
});
