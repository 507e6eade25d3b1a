import { dashboard, lines, number, sqlLines, sqlTable } from './build.js';

const here = 'instance=~"$instance"';
/** `$__conditionalAll` leaves the condition out while all are chosen. */
const agents = '$__conditionalAll(agent_id IN (${agent:singlequote}), $agent)';
const flows = `FROM flows_1m AS f FINAL WHERE $__timeFilter(minute) AND ${agents} AND f.packets > 0`;

export const traffic = dashboard({
  name: 'traffic',
  title: 'Visor: traffic',
  description:
    'What the traced packets are and what becomes of them. Only packets that a rule tags are seen.',
  rows: [
    {
      title: 'Now, from the agents',
      panels: [
        number(
          { title: 'Packets', description: 'Traced packets a second, of all fates', unit: 'pps' },
          { expr: `sum(rate(visor_packets_total{${here}}[5m]))` },
        ),
        number(
          { title: 'Bits', description: 'Of these packets', unit: 'bps' },
          { expr: `8 * sum(rate(visor_bytes_total{${here}}[5m]))` },
        ),
        number(
          {
            title: 'Not let through',
            description: 'Part of the packets that was dropped or rejected',
            unit: 'percentunit',
          },
          {
            expr: `sum(rate(visor_packets_total{fate=~"dropped|rejected",${here}}[5m])) / sum(rate(visor_packets_total{${here}}[5m]))`,
          },
        ),
        number(
          {
            title: 'Agents',
            description: 'Agents that Prometheus reads',
            unit: 'none',
          },
          { expr: `count(visor_agent_build_info{${here}})` },
        ),
        number(
          {
            title: 'Lost events',
            description: 'Trace events a second that are missing: what is shown here is less than there was',
            unit: 'ops',
            redFrom: 0.001,
          },
          { expr: `sum(rate(visor_agent_lost_events_total{${here}}[5m]))` },
        ),
        number(
          {
            title: 'Packets without labels',
            description:
              'Counted by fate alone for want of series: raise traffic.max-series or choose fewer labels',
            unit: 'pps',
            redFrom: 0.001,
          },
          { expr: `sum(rate(visor_agent_traffic_overflow_packets_total{${here}}[5m]))` },
        ),
        lines(
          {
            title: 'Packets by fate',
            description: 'Each packet once, by what became of it',
            unit: 'pps',
            stack: true,
          },
          {
            expr: `sum by (fate) (rate(visor_packets_total{${here}}[$__rate_interval]))`,
            legend: '{{fate}}',
          },
        ),
        lines(
          { title: 'Bits by fate', description: 'Lengths of the IP packets', unit: 'bps', stack: true },
          {
            expr: `8 * sum by (fate) (rate(visor_bytes_total{${here}}[$__rate_interval]))`,
            legend: '{{fate}}',
          },
        ),
        lines(
          {
            title: 'Busiest agents',
            description: 'Packets a second of the ten with most',
            unit: 'pps',
            width: 24,
          },
          {
            expr: `topk(10, sum by (instance) (rate(visor_packets_total{${here}}[$__rate_interval])))`,
            legend: '{{instance}}',
          },
        ),
      ],
    },
    {
      title: 'Who talks to whom, from ClickHouse',
      panels: [
        sqlLines(
          {
            title: 'Packets a minute by fate',
            description: 'From the counts by minute, for 90 days',
            stack: true,
          },
          {
            sql: `SELECT $__timeInterval(minute) AS time, fate, sum(packets) AS packets ${flows} GROUP BY time, fate ORDER BY time`,
          },
        ),
        sqlLines(
          { title: 'Bytes by protocol', description: 'Of the counted packets', unit: 'bytes', stack: true },
          {
            sql: `SELECT $__timeInterval(minute) AS time, proto, sum(bytes) AS bytes ${flows} GROUP BY time, proto ORDER BY time`,
          },
        ),
        sqlTable(
          { title: 'Top talkers', description: 'Sources by bytes' },
          {
            sql: `SELECT replaceOne(toString(ip_src), '::ffff:', '') AS source, sum(packets) AS packets, sum(bytes) AS bytes, uniq(ip_dst) AS destinations ${flows} GROUP BY ip_src ORDER BY bytes DESC LIMIT 20`,
          },
        ),
        sqlTable(
          { title: 'Services', description: 'Destination ports by packets' },
          {
            sql: `SELECT proto, dport AS port, sum(packets) AS packets, sum(bytes) AS bytes, uniq(ip_src) AS sources ${flows} GROUP BY proto, dport ORDER BY packets DESC LIMIT 20`,
          },
        ),
        sqlTable(
          {
            title: 'Security groups',
            description: 'Which group talks to which, and how much of it is let through',
            width: 24,
          },
          {
            sql: `SELECT arrayJoin(splitByChar(',', sg_src)) AS source, arrayJoin(splitByChar(',', sg_dst)) AS destination, sum(f.packets) AS packets, sumIf(f.packets, fate = 'accepted') AS accepted ${flows} GROUP BY source, destination ORDER BY packets DESC LIMIT 50`,
          },
        ),
      ],
    },
  ],
});
