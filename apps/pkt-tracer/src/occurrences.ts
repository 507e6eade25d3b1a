import { occurrence } from '#app-kit';
import { publisherOccurrences } from '#bus';

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

export const rulesetLost = occurrence<{ cause: string }>({
  event: 'ruleset_lost',
  level: 'warn',
  message: ({ cause }) =>
    `a version of a table was not told to NATS (${cause}): its text or its time may not be found`,
  metric: {
    counter: 'lost_rulesets',
    help: 'Changes of rulesets (queue_full, shutdown) and texts (text, too_large) not published',
    label: 'cause',
    values: ['queue_full', 'shutdown', 'text', 'too_large'],
  },
  cause: ({ cause }) => cause,
  repeats: ({ cause }) => cause,
});

export const batchUnviewed = occurrence<{ reason: string }>({
  event: 'batch_unviewed',
  level: 'warn',
  message: ({ reason }) => `a batch is missing in traffic metrics and live events: ${reason}`,
  metric: {
    counter: 'unviewed_batches',
    help: 'Batches that are missing in traffic metrics and live events because of a fault',
  },
  repeats: () => '',
});

export const agentOccurrences = [
  heartbeatNotTaken,
  rulesetNotTaken,
  rulesetLost,
  batchUnviewed,
  ...publisherOccurrences,
];
