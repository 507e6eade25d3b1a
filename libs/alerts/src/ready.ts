/** A rule that comes with Visor: `ready: <name>` uses it, and any key overrides. */
export interface ReadyRule {
  readonly name: string;
  /** The rule's keys as YAML. */
  readonly yaml: string;
}

/** Each with what one would change first: the limit and the window. */
const texts = {
  'port-scan': `
severity: warning
description: One source was refused at many ports of one agent's networks.
filter: proto == tcp and tcp-flags == SYN and fate in (dropped, rejected)
by: [agent_id, ip_src]
when: { distinct: dport, above: 20, window: 10s }
message: "{ip_src} tried {value} ports and more at {agent_id} within {window}"
`,
  'host-sweep': `
severity: warning
description: One source was refused at one port of many hosts.
filter: proto in (tcp, udp) and fate in (dropped, rejected)
by: [agent_id, ip_src, dport]
when: { distinct: ip_dst, above: 20, window: 30s }
message: "{ip_src} tried port {dport} of {value} hosts and more within {window}, seen by {agent_id}"
`,
  'drop-spike': `
severity: warning
description: An agent drops several times what it dropped in the same hour of the day before.
filter: fate in (dropped, rejected)
by: [agent_id]
when: { deviation: { of: packets, factor: 3, min: 1000, same-hour-before: true }, window: 5m }
for: 1m
message: "{agent_id} drops {value} times what it dropped in this hour of yesterday"
`,
  'new-listener': `
severity: info
description: A connection to a local port was accepted to which none was for a day.
filter: hook == input and fate == accepted and proto == tcp and tcp-flags == SYN
by: [agent_id]
when: { new: [ip_dst, dport], learn: 1d }
message: "{agent_id} accepts connections to {ip_dst} port {dport}, which it did not before"
`,
  'policy-drop': `
severity: warning
description: A chain's policy dropped a packet between two security groups that could talk there within the last day.
filter: fate == dropped and type == policy and sg-src and sg-dst
by: [sg_src, sg_dst, proto, dport]
when: { after: "fate == accepted and sg-src and sg-dst", window: 1d }
message: "The policy drops {proto} port {dport} from {sg_src} to {sg_dst}, which was accepted before"
`,
  'ruleset-changed': `
severity: info
description: A table came, went or has another text.
of: rulesets
by: [agent_id, netns, family, table]
when: { every: true }
cool-down: 0s
message: "Table {family} {table} of {agent_id} changed"
`,
  'agent-lost-events': `
severity: warning
description: An agent lost events that nobody asked it to leave out.
of: losses
by: [agent_id, cause]
when: { count: true, above: 0, window: 1m }
message: "{agent_id} lost {value} events and more within {window}: {cause}"
`,
  'agent-silent': `
severity: critical
description: An agent told nothing of itself.
of: agents
by: [agent_id]
when: { absent: true, window: 30s }
resolve-after: 0s
cool-down: 0s
message: "{agent_id} is silent for {value} s"
`,
  'rule-flood': `
severity: warning
description: One rule makes so many trace events that others are lost.
of: hops
by: [agent_id, family, table, chain, handle, rule]
when: { rate: packets, above: 20000, window: 10s }
message: "{agent_id}: {family} {table} {chain} handle {handle} makes {value} events a second: {rule}"
`,
  'syn-unanswered': `
severity: warning
description: Packets to a port are accepted, but they are nearly all SYNs, so nobody answers.
filter: proto == tcp and fate == accepted and not tcp-flags contains RST
by: [agent_id, ip_src, ip_dst, dport]
when: { share: "tcp-flags == SYN", above: 0.9, min: 3, window: 15s }
message: "{ip_dst} port {dport} does not answer {ip_src}, though {agent_id} accepts its packets"
`,
  'zero-window': `
severity: info
description: A host told again and again that it takes no more data; its agent must be new enough to know the column.
filter: proto == tcp and tcp-flags contains ACK and not (tcp-flags contains RST) and tcp-window == 0
by: [agent_id, ip_src, ip_dst]
when: { count: true, above: 10, window: 30s }
message: "{ip_src} told {ip_dst} {value} times within {window} that its TCP window is closed"
`,
} as const;

export const readyRules: readonly ReadyRule[] = Object.entries(texts).map(([name, yaml]) => ({
  name,
  yaml: yaml.trimStart(),
}));
