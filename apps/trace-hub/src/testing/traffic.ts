import { type RowValues } from '#testing/wire';

const minute_us = 60e6;

/** An hour and a half ago, the start of a minute: what is there is over. */
export const trafficStart = (Math.floor((Date.now() * 1000) / minute_us) - 90) * minute_us;

export const ip4 = (last: number): Uint8Array =>
  Uint8Array.from([0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 255, 255, 10, 0, 0, last]);

/**
 * Packets of two hops each over ten minutes: 10.0.0.1 with 40 to port 443, 10.0.0.2 with 20 to port 22 that are dropped, and
 * 10.0.0.3 with 2 to port 53, each of which stands for 8. Packet ids are from 7000000000000000001 on.
 */
export function trafficRows(): Partial<RowValues>[] {
  const packet = (i: number): Partial<RowValues> => {
    if (i < 40)
      return { ip_src: ip4(1), dport: 443, proto: 'tcp', fate: 'accepted', len: 100, sg_src: 'web,all' };
    if (i < 60) return { ip_src: ip4(2), dport: 22, proto: 'tcp', fate: 'dropped', len: 60, sg_src: 'all' };
    return { ip_src: ip4(3), dport: 53, proto: 'udp', fate: 'accepted', len: 50, sampling: 8 };
  };
  return Array.from({ length: 62 }, (_, i) => i).flatMap((i) => {
    const common = {
      ts: trafficStart + (i % 10) * minute_us + i,
      packet_id: 7_000_000_000_000_000_001n + BigInt(i),
      ttl: 64,
      ...packet(i),
    };
    return [
      { ...common, hop: 0, decisive: false, chain: 'prerouting' },
      {
        ...common,
        hop: 1,
        decisive: true,
        chain: 'input',
        handle: BigInt(i % 3),
        table: 'fw',
        family: 'inet',
      },
    ];
  });
}
