import { type Random } from './random.js';

/** What one event of a packet's way says of the ruleset. */
export interface Hop {
  readonly type: 'rule' | 'return' | 'policy';
  readonly table: string;
  readonly chain: string;
  readonly hook: string;
  readonly handle: number;
  readonly rule: string;
  readonly comment: string;
  readonly verdict: string;
  readonly jt: string;
  readonly version: string;
  readonly decisive: boolean;
}

const versions: Readonly<Record<string, string>> = {
  filter: '8f3a41c09be2d574',
  nat: '51d0e77ac4b96f02',
  trace: 'c2b8',
};

function hop(table: string, chain: string, hook: string, values: Partial<Hop>): Hop {
  const none = {
    type: 'rule',
    handle: 0,
    rule: '',
    comment: '',
    verdict: 'continue',
    jt: '',
    decisive: false,
  } as const;
  return { ...none, table, chain, hook, version: versions[table] ?? '', ...values };
}

const tag = hop('trace', 'tag', 'prerouting', {
  handle: 3,
  rule: 'meta l4proto { icmp, tcp, udp, ipv6-icmp } meta nftrace set 1',
});
const tagEnd = hop('trace', 'tag', 'prerouting', { type: 'policy', verdict: 'accept' });

/** The rules of 40 services, each in the chain of one of 8 groups. */
const services = Array.from({ length: 40 }, (_, at) => {
  const group = `services_${at % 8}`;
  const port = [443, 80, 22, 53, 5432, 6379, 9092, 8080][at % 8] as number;
  return {
    port: port + (at >> 3),
    group,
    proto: port === 53 ? 'udp' : 'tcp',
    rule: `${port === 53 ? 'udp' : 'tcp'} dport ${port + (at >> 3)} ip saddr @clients_${at} accept`,
    handle: 40 + at,
  };
});

export type Service = (typeof services)[number];

export const serviceOf = (random: Random): Service => {
  // A few services have most of the connections.
  const at = Math.min(services.length - 1, Math.floor(services.length * random.next() ** 3));
  return services[at] as Service;
};

/** @returns the way of the packets of a new connection to a service, or of an established one; and its fate */
export function wayOf(random: Random, service: Service): { way: readonly Hop[]; fate: string } {
  const kind = random.next();
  const hook = random.next() < 0.5 ? 'input' : 'forward';
  const jump = hop('filter', hook, hook, {
    handle: hook === 'input' ? 12 : 22,
    rule: `jump ${service.group}`,
    verdict: 'jump',
    jt: service.group,
  });
  if (kind < 0.55) {
    const rule = 'ct state established,related accept';
    const accept = hop('filter', hook, hook, {
      handle: 9,
      rule,
      verdict: 'accept',
      comment: 'known',
      decisive: true,
    });
    return { way: [tag, tagEnd, accept], fate: 'accepted' };
  }
  if (kind < 0.85) {
    const { rule, handle } = service;
    const accept = hop('filter', service.group, hook, { handle, rule, verdict: 'accept', decisive: true });
    return { way: [tag, tagEnd, jump, accept], fate: 'accepted' };
  }
  const end = hop('filter', service.group, hook, { type: 'return', verdict: 'continue' });
  if (kind < 0.95) {
    const policy = hop('filter', hook, hook, { type: 'policy', verdict: 'drop', decisive: true });
    return { way: [tag, tagEnd, jump, end, policy], fate: 'dropped' };
  }
  const accept = hop('filter', hook, hook, { handle: 30, rule: 'oifname "wan" accept', verdict: 'accept' });
  const nat = hop('nat', 'postrouting', 'postrouting', {
    handle: 5,
    rule: 'oifname "wan" masquerade',
    verdict: 'accept',
    decisive: true,
  });
  return { way: [tag, tagEnd, jump, end, accept, nat], fate: 'accepted' };
}
