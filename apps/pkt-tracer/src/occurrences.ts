import { occurrence } from '#app-kit';

/**
 * What happens in the agent and is both told in the log and counted. Losses have a line and counters of their own:
 * heartbeat/loss-report.ts sums them up.
 */

export const heartbeatNotTaken = occurrence<{ reason: string }>({
  event: 'heartbeat_not_taken',
  level: 'warn',
  message: ({ reason }) => `the stream did not take a heartbeat (${reason}); trying again`,
  metric: { counter: 'heartbeat_failures', help: 'Heartbeats that the stream did not take, each try' },
  repeats: () => '',
});

export const rulesetNotTaken = occurrence<{ reason: string }>({
  event: 'ruleset_not_taken',
  level: 'warn',
  message: ({ reason }) => `the stream did not take a ruleset (${reason}); trying again`,
  metric: { counter: 'ruleset_retries', help: 'Changes of rulesets that the stream did not take, each try' },
  repeats: () => '',
});

export const agentOccurrences = [heartbeatNotTaken, rulesetNotTaken];
