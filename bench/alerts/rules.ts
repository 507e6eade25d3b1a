import { parseRules, readyRules, type AlertRule } from '#alerts';

const ports = [80, 443, 22, 53, 5432, 3306, 6379, 8080, 25, 123];
const groups = ['clients', 'web', 'db', 'cache', 'monitoring', 'office', 'batch', 'dmz'];

/**
 * What people ask for beside the ready rules: all conditions, with filters and groups of many kinds. Most are about one
 * service, network or group; some take every packet.
 */
const patterns: readonly ((n: number) => string)[] = [
  (n) =>
    `{ name: port-${n}, filter: "dport == ${n + 1} and fate == dropped", by: [ip_src], when: { every: true } }`,
  (n) =>
    `{ name: net-${n}, filter: "ip-src in 10.${n}.0.0/16 and proto == tcp", by: [agent_id], when: { count: true, above: ${1000 * n}, window: 1m } }`,
  (n) =>
    `{ name: rate-${n}, filter: "iif == wan and dport in ${100 * n}-${100 * n + 99}", by: [ip_dst], when: { rate: bytes, above: 1e9, window: ${10 + n}s } }`,
  (n) =>
    `{ name: talkers-${n}, filter: "fate == accepted and dport == ${ports[n % ports.length]}", by: [ip_dst, dport], when: { distinct: ip_src, above: ${500 + n}, window: ${30 + n}s } }`,
  (n) =>
    `{ name: share-${n}, filter: "${n < 2 ? 'true' : `sg-dst == ${groups[n % groups.length]}`}", by: [agent_id, chain], when: { share: "fate == dropped and len > ${n}", above: 0.99, min: 1000, window: 1m } }`,
  (n) =>
    `{ name: silent-${n}, filter: "sg-src == web and sport == ${n}", when: { absent: true, window: 1h } }`,
  (n) =>
    `{ name: after-${n}, filter: "fate == dropped and dport == ${n}", by: [sg_src, sg_dst], when: { after: "fate == accepted and dport == ${n}", window: 1d } }`,
  (n) =>
    `{ name: new-${n}, filter: "tcp-flags == SYN and sg-src == ${groups[n % groups.length]}", by: [agent_id], when: { new: [dport], learn: ${n + 1}h } }`,
  (n) =>
    `{ name: spike-${n}, filter: "rule contains 'dport ${n}'", by: [table, chain], when: { deviation: { factor: 3 }, window: ${5 + n}m } }`,
];

/** @returns so many rules: the ready ones, then others */
export function benchRules(count: number): readonly AlertRule[] {
  const items = readyRules.map(({ name }) => `{ ready: ${name} }`);
  for (let i = 0; items.length < count; i++)
    items.push(patterns[i % patterns.length]?.(Math.floor(i / patterns.length)) ?? '');
  const text = `alerts:\n${items
    .slice(0, count)
    .map((item) => `  - ${item}\n`)
    .join('')}`;
  const { rules, faults } = parseRules(text, 'bench');
  if (faults.length > 0) throw new Error(faults.map(({ line, reason }) => `${line}: ${reason}`).join('\n'));
  return rules;
}
