import { dashboard, lines, sqlLines, sqlTable } from './build.js';

const here = 'instance=~"$instance"';
const refused = 'fate=~"dropped|rejected"';
const agents = '$__conditionalAll(agent_id IN (${agent:singlequote}), $agent)';
const dropped = "fate IN ('dropped', 'rejected')";
const flows = `FROM flows_1m AS f FINAL WHERE $__timeFilter(minute) AND ${agents} AND ${dropped} AND f.packets > 0`;
const packets = `FROM traces WHERE decisive AND $__timeFilter(ts) AND ${agents} AND ${dropped}`;
/** The rule that decided, or the policy where no rule did. */
const decider = "if(handle = 0, concat('policy of ', family, ' ', `table`, ' ', chain), rule)";
const address = (column: string): string => `replaceOne(toString(${column}), '::ffff:', '')`;

export const drops = dashboard({
  name: 'drops',
  title: 'Visor: drops',
  description: 'Packets that were dropped or rejected: how many, by which rule, of whom.',
  rows: [
    {
      title: 'How many, from the agents',
      panels: [
        lines(
          {
            title: 'Drops by reason',
            description: "A rule's drop, a rule's reject, or the policy where no rule decided",
            unit: 'pps',
            stack: true,
          },
          {
            expr: `sum by (reason) (rate(visor_drop_total{${here}}[$__rate_interval]))`,
            legend: '{{reason}}',
          },
        ),
        lines(
          { title: 'Part of all packets', description: 'Dropped or rejected', unit: 'percentunit' },
          {
            expr: `sum(rate(visor_packets_total{${refused},${here}}[$__rate_interval])) / sum(rate(visor_packets_total{${here}}[$__rate_interval]))`,
            legend: 'not let through',
          },
        ),
        lines(
          { title: 'Agents that drop most', description: 'The ten with most', unit: 'pps' },
          {
            expr: `topk(10, sum by (instance) (rate(visor_drop_total{${here}}[$__rate_interval])))`,
            legend: '{{instance}}',
          },
        ),
        lines(
          {
            title: 'Against an hour before',
            description: 'Drops a second now and at the same time an hour ago',
            unit: 'pps',
          },
          { expr: `sum(rate(visor_drop_total{${here}}[$__rate_interval]))`, legend: 'now' },
          {
            expr: `sum(rate(visor_drop_total{${here}}[$__rate_interval] offset 1h))`,
            legend: 'an hour before',
          },
        ),
      ],
    },
    {
      title: 'By what and of whom, from ClickHouse',
      panels: [
        sqlLines(
          { title: 'By rule', description: 'The rule or policy that decided', stack: true, width: 24 },
          {
            sql: `SELECT $__timeInterval(minute) AS time, ${decider} AS decided_by, sum(packets) AS drops ${flows} GROUP BY time, decided_by ORDER BY time`,
          },
        ),
        sqlTable(
          { title: 'Rules that drop most', description: 'With the agents on which they did' },
          {
            sql: `SELECT ${decider} AS decided_by, family, \`table\`, chain, handle, uniq(agent_id) AS agents, sum(packets) AS drops, uniq(ip_src) AS sources ${flows} GROUP BY decided_by, family, \`table\`, chain, handle ORDER BY drops DESC LIMIT 20`,
          },
        ),
        sqlTable(
          { title: 'Who is refused most', description: 'Sources, with how many ports and hosts they tried' },
          {
            sql: `SELECT ${address('ip_src')} AS source, sum(packets) AS drops, uniq(dport) AS ports, uniq(ip_dst) AS hosts ${flows} GROUP BY ip_src ORDER BY drops DESC LIMIT 20`,
          },
        ),
        sqlTable(
          { title: 'Scans', description: 'Sources that were refused at ten ports or hosts and more' },
          {
            sql: `SELECT ${address('ip_src')} AS source, uniq(dport) AS ports, uniq(ip_dst) AS hosts, min(minute) AS first, max(minute) AS last ${flows} GROUP BY ip_src HAVING ports >= 10 OR hosts >= 10 ORDER BY ports DESC, hosts DESC LIMIT 20`,
          },
        ),
        sqlTable(
          { title: 'Refused services', description: 'Destination ports that are asked for in vain' },
          {
            sql: `SELECT proto, dport AS port, sum(packets) AS drops, uniq(ip_src) AS sources ${flows} GROUP BY proto, dport ORDER BY drops DESC LIMIT 20`,
          },
        ),
        sqlTable(
          { title: 'The last ones', description: 'Packet by packet', width: 24, height: 10 },
          {
            sql: `SELECT ts, agent_id AS agent, ${address('ip_src')} AS source, ${address('ip_dst')} AS destination, proto, dport AS port, iif, oif, fate, ${decider} AS decided_by, toString(packet_id) AS packet ${packets} ORDER BY ts DESC LIMIT 100`,
          },
        ),
      ],
    },
  ],
});
