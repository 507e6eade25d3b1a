import { afterAll, beforeAll, expect, it } from 'vitest';
import { kindNames, factsOf } from './faults/kinds.js';
import { tableOf } from './faults/report.js';
import { runFaults } from './faults/run.js';
import { describeAsRoot, type Lab, openLab } from './support/index.js';

/** The short run of docs/testing-faults.md; `npm run test:faults` does the long one. */
describeAsRoot('known packets while everything fails in turn', () => {
  let lab: Lab;

  beforeAll(async () => {
    lab = await openLab();
  });

  afterAll(() => lab.close());

  it('are each stored once, or lost for a reason that was counted', { timeout: 600_000 }, async () => {
    const kinds = kindNames.filter((kind) => factsOf(kind).short);
    const options = {
      seed: 5,
      faults: kinds.length,
      pause_s: 2.5,
      kinds,
      rate: 300,
      storage: 'embedded' as const,
      hubs: 1,
      agentEnv: {},
    };
    const log: string[] = [];
    const { outcome, wrong, logs } = await runFaults(lab, options, (text) => log.push(text));
    const evidence = `${log.join('\n')}\n${tableOf(outcome)}\nthe programs' logs are in ${logs}`;
    expect(wrong, evidence).toEqual([]);
    expect(outcome.account.once).toBeGreaterThan(outcome.account.sent / 2);
  });
});
