import fc, { type Arbitrary } from 'fast-check';
import { type TraceMessage } from '../trace-message.js';

/** What a capture may be told to do, in an order that no kernel would have */
export type HostileStep =
  { do: 'offer'; message: TraceMessage } | { do: 'pause' | 'overrun' | 'evict' | 'change' | 'closeAll' };

const some = <T>(arbitrary: Arbitrary<T>): Arbitrary<T | undefined> =>
  fc.option(arbitrary, { nil: undefined });
const bytes = (maxLength: number): Arbitrary<Uint8Array | undefined> => some(fc.uint8Array({ maxLength }));

/** Few names and ids, so that events meet; all codes that there are, and some that there are not. */
const message: Arbitrary<TraceMessage> = fc
  .record({
    id: fc.constantFrom(0, 1, 2, 3, 0xffff_ffff),
    family: fc.constantFrom(0, 1, 2, 3, 5, 7, 10, 255),
    nfproto: some(fc.constantFrom(0, 2, 3, 5, 7, 10, 99)),
    type: fc.integer({ min: 0, max: 4 }),
    table: fc.constantFrom('filter', 'second', 'unheard'),
    chain: fc.constantFrom('base0', 'base1', 'sub0', 'sub1', 'unheard'),
    handle: some(fc.nat(5)),
    verdict: some(fc.constantFrom(-7, -5, -4, -3, -2, -1, 0, 1, 2, 3, 4, 5, 0x0001_0003)),
    jumpTarget: some(fc.constantFrom('sub0', 'unheard')),
    policy: some(fc.nat(5)),
    iif: some(fc.nat(3)),
    oif: some(fc.nat(3)),
    link: bytes(20),
    network: bytes(44),
    transport: bytes(20),
  })
  .map((all) => Object.fromEntries(Object.entries(all).filter(([, value]) => value !== undefined)));

export const anyHostileSteps: Arbitrary<HostileStep[]> = fc.array(
  fc.oneof(
    { arbitrary: message.map((message): HostileStep => ({ do: 'offer', message })), weight: 12 },
    fc
      .constantFrom('pause', 'overrun', 'evict', 'change', 'closeAll')
      .map((verb): HostileStep => ({ do: verb })),
  ),
  { maxLength: 150 },
);
