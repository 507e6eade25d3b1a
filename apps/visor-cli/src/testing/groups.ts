import { type Aggregate } from '#api-client';

/** @returns an answer of groups as the hub sends it: two senders of three, with these values */
export function groupsAnswer(values: Partial<Aggregate> = {}): Aggregate {
  return {
    rows: [
      { ip_src: '10.0.0.1', fate: 'accepted', packets: 1_234_567, bytes: 5_000_000_000, drops: 0 },
      { ip_src: '10.0.0.2', fate: 'dropped', packets: 100, bytes: 6000, drops: 100 },
    ],
    count: 2,
    more: true,
    others: { packets: 50, bytes: 2048, drops: 1 },
    total: { packets: 1_234_717, bytes: 5_000_008_048, drops: 101 },
    source: 'flows_1m',
    searched: {
      since: '2026-11-21T13:00:00.000000Z',
      until: '2026-11-21T14:00:00.000000Z',
      rows_read: 12_345,
      elapsed_ms: 17,
    },
    ...values,
  };
}
