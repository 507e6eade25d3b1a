import { describe, expect, it } from 'vitest';
import { kindNames } from './kinds.js';
import { OptionError, parseOptions, usage } from './options.js';

const parse = (...args: string[]) => parseOptions(args, () => 42);

describe('options of a run', () => {
  it('are the long run with a seed drawn anew, unless said otherwise', () => {
    expect(parse()).toMatchObject({
      seed: 42,
      faults: 60,
      pause_s: 3,
      rate: 300,
      storage: 'embedded',
      hubs: 1,
    });
    expect(parse('--seed', '7').seed).toBe(7);
    expect(parse('--faults', '10', '--seconds', '50').pause_s).toBe(5);
    expect(parse('--power-cut')).toMatchObject({ powerCut: true, faults: 3 });
    expect(parse('--power-cut', '--storage', 'http', '--hubs', '2')).toMatchObject({
      storage: 'http',
      hubs: 2,
    });
  });

  it('have all kinds that can be done, or those asked for', () => {
    expect(parse('--storage', 'http').kinds).toEqual(kindNames);
    expect(parse().kinds).not.toContain('kill-clickhouse');
    expect(parse('--kinds', 'kill-hub,stop-hub').kinds).toEqual(['kill-hub', 'stop-hub']);
    expect(parse('--without', 'kill-hub').kinds).toEqual(parse().kinds.filter((kind) => kind !== 'kill-hub'));
    expect(parse('--agent', 'PT_SPOOL_MAX_BYTES=1MiB,PT_X=').agentEnv).toEqual({
      PT_SPOOL_MAX_BYTES: '1MiB',
      PT_X: '',
    });
  });

  it.each([
    [['--seed', '-1'], /--seed/],
    [['--seed=1.5'], '--seed: "1.5" is not an integer from 0 to 4294967295'],
    [['--faults', 'many'], '--faults: "many" is not an integer from 0 to 10000'],
    [['--kinds', 'kill-bill'], /^--kinds: there is no kind "kill-bill"; use kill-agent, /],
    [['--storage', 'tape'], '--storage: "tape" is not embedded or http'],
    [['--hubs', '2'], '--hubs: "2" is not an integer from 1 to 1'],
    [['--agent', 'spool=1'], '--agent: "spool=1" is not PT_NAME=value'],
    [['--quick'], /--quick/],
    [['--power-cut', '--kinds', 'kill-hub'], /^--kinds: power cuts come alone/],
    [['--power-cut', '--seconds', '60'], /^--seconds: power cuts come alone/],
  ])('%j is told', (args, message) => {
    expect(() => parse(...args)).toThrow(OptionError);
    expect(() => parse(...args)).toThrow(message);
  });

  it('are all in the help', () => {
    for (const kind of kindNames) expect(usage).toContain(` ${kind} `);
  });
});
