import { describe, expect, it } from 'vitest';
import { type AgentState, noSgroups, noSpool } from '../agent-state.js';
import { HealthWatch } from './agent-health.js';

const state: AgentState = {
  agent: 'web1',
  capturing: true,
  netns: [],
  natsConnected: true,
  events: 7,
  packets: 3,
  merged: 0,
  rows: 7,
  rowsPublished: 7,
  sgroups: noSgroups,
  spool: noSpool,
  discards: {},
  lost: {},
};
const at = (second: number): string => new Date(second * 1000).toISOString();

describe('the health of the agent', () => {
  it('names the part that is away and since when, and what the agent has done', async () => {
    const world = { state, second: 1 };
    const watch = new HealthWatch(() => world.state, { now_us: () => world.second * 1e6 });
    expect(await watch.look()).toMatchObject({ status: 'ok', events: 7, agent: 'web1' });
    world.second = 2;
    world.state = { ...state, natsConnected: false };
    await watch.look();
    world.second = 9;
    expect(await watch.look()).toMatchObject({
      status: 'unavailable',
      parts: {
        capture: { status: 'ok', since: at(1) },
        nats: { status: 'unavailable', since: at(2), reason: 'NATS is away; batches wait until it is back' },
      },
    });
    world.state = { ...state, capturing: false };
    expect(await watch.look()).toMatchObject({
      status: 'unavailable',
      parts: { capture: { status: 'unavailable', since: at(9) }, nats: { status: 'ok', since: at(9) } },
    });
  });

  it('is ready while batches are late and security groups are those of before, and says so', async () => {
    const world: AgentState = {
      ...state,
      spool: { ...noSpool, batches: 4, oldest_us: 30e6 },
      sgroups: { ...noSgroups, mode: 'file', staleSince: at(3), error: 'the file is gone' },
    };
    const seconds = { now: 89 };
    const watch = new HealthWatch(() => world, { now_us: () => seconds.now * 1e6 });
    expect((await watch.look()).parts['delivery']).toEqual({ status: 'ok', since: at(89) });
    seconds.now = 91;
    expect(await watch.look()).toMatchObject({
      status: 'ok',
      parts: {
        delivery: {
          status: 'unavailable',
          since: at(91),
          reason: expect.stringContaining(
            '4 batches are not in ClickHouse, the oldest of 61 s ago',
          ) as string,
        },
        sgroups: {
          status: 'unavailable',
          reason: `the file is gone; the security groups are those of before ${at(3)}`,
        },
      },
    });
  });
});
