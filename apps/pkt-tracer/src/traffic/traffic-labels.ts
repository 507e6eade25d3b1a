import { type AgentColumnName, findColumn, flagName } from '#columns';

/**
 * The columns that traffic may be counted by. Not among them is what differs with nearly every packet, and rules' texts,
 * which are long and change: `handle` and `comment` name a rule.
 */
const columns = [
  ...['netns', 'family', 'table', 'chain', 'hook', 'handle', 'comment'],
  ...['iif', 'oif', 'proto', 'dport', 'ip_src', 'ip_dst'],
  ...['sg_src', 'sg_dst', 'net_src', 'net_dst'],
] as readonly AgentColumnName[];

/** Words of setting `traffic.labels`: as flags and parameters bear the columns' names. */
export const trafficLabels: readonly string[] = columns.map(flagName);

/** @param words of `trafficLabels` @returns the columns, which are the labels' names as well */
export const labelColumns = (words: readonly string[]): readonly AgentColumnName[] =>
  words.map((word) => findColumn(word)?.name as AgentColumnName);
