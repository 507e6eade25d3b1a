import { defineConfig } from 'vitest/config';

const resolve = { conditions: ['visor-source', 'node', 'import', 'default'] };

/** Files whose tests measure rates, or take all of the CPU: each runs with nothing beside it. */
const alone = ['bench', 'bench-pipeline', 'busy', 'large-ruleset', 'limits', 'losses', 'overload'].map(
  (name) => `e2e/${name}.e2e.ts`,
);

/** Files that are run a second time with ClickHouse as a server. */
const onServer = ['hub-crash', 'main-job', 'rulesets'].map((name) => `e2e/${name}.e2e.ts`);

/** Another process may have the machine: what is waited for ends the wait. */
const patience = { poll: { timeout: 30_000 } };

const e2e = {
  setupFiles: ['./vitest.setup.ts'],
  testTimeout: 120_000,
  hookTimeout: 120_000,
  expect: patience,
};

export default defineConfig({
  resolve,
  ssr: { resolve: { conditions: resolve.conditions, externalConditions: ['node', 'import'] } },
  test: {
    projects: [
      {
        extends: true,
        test: {
          name: 'unit',
          testTimeout: 60_000,
          expect: patience,
          // Some compile a program of their own first.
          hookTimeout: 120_000,
          // Half of their time they wait: for NATS, for ClickHouse, for a time to pass.
          maxWorkers: 3,
          // A worker loads the modules once, not once a file: that is a third of the time. So tests put back what they change.
          isolate: false,
          include: [
            'libs/**/*.test.ts',
            'apps/**/*.test.ts',
            'scripts/**/*.test.ts',
            'bench/**/*.test.ts',
            'e2e/faults/**/*.test.ts',
          ],
          setupFiles: ['./vitest.setup.ts'],
          globalSetup: ['./vitest.run-folder.ts'],
        },
      },
      {
        extends: true,
        test: {
          ...e2e,
          name: 'e2e',
          include: ['e2e/**/*.e2e.ts'],
          exclude: alone,
          maxWorkers: 3,
          sequence: { groupOrder: 1 },
        },
      },
      {
        extends: true,
        test: {
          ...e2e,
          name: 'e2e-server',
          include: onServer,
          env: { VISOR_TEST_STORAGE: 'http' },
          // As those of e2e, beside which they run.
          maxWorkers: 3,
          sequence: { groupOrder: 1 },
        },
      },
      {
        extends: true,
        test: {
          ...e2e,
          name: 'e2e-alone',
          include: alone,
          fileParallelism: false,
          sequence: { groupOrder: 2 },
        },
      },
      {
        extends: true,
        test: {
          name: 'fixtures',
          include: ['e2e/fixtures/*.fixture.ts'],
          setupFiles: ['./vitest.setup.ts'],
          testTimeout: 60_000,
          hookTimeout: 60_000,
        },
      },
    ],
  },
});
