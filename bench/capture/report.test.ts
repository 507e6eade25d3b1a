import { expect, it } from 'vitest';
import { jsonLine, type Report, textReport } from './report.js';

const highest = (rate: number, senderLimited = false) => ({ rate, senderLimited, senderRate: 440_000 });
const cost = {
  rate: 150_000,
  lost: 0,
  process: { user: 1.5, system: 1.25 },
  bytesPerRow: 126,
  rowsPerEvent: 1,
};
const report: Report = {
  machine: { load: 0.1, processors: 2, model: 'a processor', kernel: '6.18', node: '20.20.2', nft: 'v1.0.6' },
  seconds: 3,
  eventsPerPacket: 5.2,
  rows: [
    {
      name: 'nft-monitor',
      label: 'nft monitor trace',
      highest: highest(40_000),
      cost: { ...cost, lost: 1234 },
    },
    { name: 'drain', label: 'C recvmmsg drain', highest: highest(440_000, true), cost },
    { name: 'node-netlink', label: 'node-netlink', highest: highest(0) },
    {
      name: 'pkt-tracer',
      label: 'pkt-tracer',
      highest: highest(308_000),
      cost: { ...cost, capture: { user: 1, system: 1 }, process: { user: 3, system: 1.25 } },
    },
  ],
};

it('prints a table and what was aimed at', () => {
  expect(textReport(report)).toBe(`2 processors (a processor), Linux 6.18, Node.js 20.20.2, nft v1.0.6
5.2 events a packet; the sender makes 440,000 events/s at most

reader                events/s, no loss  CPU µs/event  user  system           at events/s  bytes/row
nft monitor trace                40,000          2.75  1.50    1.25  150,000 (lost 1,234)        126
C recvmmsg drain              ≥ 440,000          2.75  1.50    1.25               150,000        126
node-netlink               loses at any             -     -       -                     -          -
pkt-tracer                      308,000          4.25  3.00    1.25               150,000        126
  its capture thread                             2.00  1.00    1.00

pkt-tracer : nft monitor trace                               7.70  aim ≥ 6.00: met
pkt-tracer : C drain (which took all that the sender makes)  0.70  aim ≥ 0.75: missed
pkt-tracer, CPU µs/event                                     4.25  aim ≤ 4.00: missed
of it user                                                   3.00  aim ≤ 2.20: missed
`);
});

it('says the same on one line of JSON', () => {
  const line = jsonLine(report);
  expect(line).not.toContain('\n');
  expect(JSON.parse(line)).toMatchObject({
    bench: 'capture',
    senderEventsPerSecond: 440_000,
    readers: {
      drain: { eventsPerSecond: 440_000, senderLimited: true, cpuPerEvent_us: { user: 1.5, system: 1.25 } },
      'node-netlink': { eventsPerSecond: 0 },
      'pkt-tracer': { captureThreadPerEvent_us: { user: 1, system: 1 } },
    },
    ratios: { toNftMonitor: 7.7, toDrain: 0.7 },
  });
});
