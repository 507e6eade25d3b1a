/** @returns a loss as the hub sends it: that of the design's example with these values */
export function lossJson(values: Readonly<Record<string, string | number>> = {}): string {
  return JSON.stringify({
    ts: '2026-11-21T14:03:11.000000Z',
    until: '2026-11-21T14:03:12.000000Z',
    agent_id: 'web1',
    netns: '',
    run: 'aa',
    seq: 1,
    cause: 'overrun',
    events: 1234,
    ...values,
  });
}
