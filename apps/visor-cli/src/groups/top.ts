import { type Query } from '#api-client';
import { type ColumnName } from '#columns';

const ruleKeys: readonly ColumnName[] = ['agent_id', 'family', 'table', 'chain', 'handle', 'rule'];

/** What there is a top of: the columns by which packets are grouped. */
export const topSubjects = {
  talkers: { by: ['ip_src'], doc: 'addresses that send' },
  ports: { by: ['proto', 'dport'], doc: 'protocols and destination ports' },
  rules: { by: ruleKeys, doc: 'rules and policies that decide' },
  chains: { by: ruleKeys.slice(0, 4), doc: 'chains that decide' },
  groups: { by: ['sg_src', 'sg_dst'], doc: 'security groups, from and to' },
  agents: { by: ['agent_id'], doc: 'agents' },
  drops: { by: ruleKeys, doc: 'rules and policies that drop or reject, and of how many senders' },
} as const satisfies Record<string, { readonly by: readonly ColumnName[]; readonly doc: string }>;

export type TopSubject = keyof typeof topSubjects;
export const topNames = Object.keys(topSubjects) as readonly TopSubject[];

export const topMetrics = ['packets', 'bytes', 'drops', 'flows'] as const;
export type TopMetric = (typeof topMetrics)[number];

/** What is said of who is in no top of drops: the one condition that a top has. */
export const noDrops = { others: 'have no drops', none: 'none of it was dropped or rejected' };

/** @param metric absent: what the subject is about @returns what to ask GET /api/v1/aggregate beside time and filters */
export function topQuery(subject: TopSubject, metric: TopMetric | undefined, limit: number): Query {
  const drops = subject === 'drops';
  const first = metric ?? (drops ? 'drops' : 'packets');
  const usual = drops ? ['drops', 'packets', 'uniq(ip_src)'] : ['packets', 'bytes', 'drops'];
  const select = [first, ...usual.filter((name) => name !== first)];
  return {
    by: topSubjects[subject].by.join(','),
    select: select.join(','),
    sort: `-${first}`,
    // Who has none is in no top of them.
    ...((drops || first === 'drops') && { having: 'drops>0' }),
    limit: String(limit),
    others: 'true',
  };
}
