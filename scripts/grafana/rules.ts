import { dashboard, lines, number, sqlLines, sqlTable } from './build.js';

const here = 'instance=~"$instance"';
const agents = '$__conditionalAll(agent_id IN (${agent:singlequote}), $agent)';
const flows = `FROM flows_1m AS f FINAL WHERE $__timeFilter(minute) AND ${agents} AND f.packets > 0`;

export const rules = dashboard({
  name: 'rules',
  title: 'Visor: rules',
  description: 'Which rules decide, which never do, and when rulesets changed.',
  rows: [
    {
      title: 'Changes of rulesets',
      panels: [
        number(
          { title: 'Changes stored', description: 'In the last day, of all agents', unit: 'none' },
          { expr: 'round(sum(increase(visor_hub_stored_ruleset_changes_total[1d])))' },
        ),
        number(
          {
            title: 'Changes lost',
            description: 'In the last day: texts of rules may be missing at rows since',
            unit: 'none',
            redFrom: 1,
          },
          { expr: `round(sum(increase(visor_agent_lost_rulesets_total{${here}}[1d])))` },
        ),
        lines(
          {
            title: 'Changes',
            description: 'Of rulesets, as agents published them',
            unit: 'short',
            width: 16,
          },
          {
            expr: `sum by (instance) (increase(visor_agent_rulesets_published_total{${here}}[$__rate_interval]))`,
            legend: '{{instance}}',
          },
        ),
        sqlTable(
          { title: 'What changed', description: '`visor-cli ruleset diff` shows the lines', width: 24 },
          {
            sql: `SELECT ts, agent_id AS agent, netns, family, \`table\`, change, version FROM ruleset_changes FINAL WHERE $__timeFilter(ts) AND ${agents} ORDER BY ts DESC LIMIT 100`,
          },
        ),
      ],
    },
    {
      title: 'Rules that decide',
      panels: [
        sqlLines(
          {
            title: 'Packets by chain',
            description: 'The chain of the rule or policy that decided',
            stack: true,
          },
          {
            sql: `SELECT $__timeInterval(minute) AS time, concat(family, ' ', \`table\`, ' ', chain) AS decided_in, sum(packets) AS packets ${flows} GROUP BY time, decided_in ORDER BY time`,
          },
        ),
        sqlLines(
          {
            title: 'Packets that no rule decided',
            description: 'The policy of a chain did: a rule may be missing',
            stack: true,
          },
          {
            sql: `SELECT $__timeInterval(minute) AS time, concat(family, ' ', \`table\`, ' ', chain) AS policy_of, sum(packets) AS packets ${flows} AND handle = 0 GROUP BY time, policy_of ORDER BY time`,
          },
        ),
        sqlTable(
          { title: 'By rule', description: 'Packets and bytes that each decided', width: 24, height: 10 },
          {
            sql: `SELECT family, \`table\`, chain, handle, any(f.rule) AS text, fate, sum(packets) AS packets, sum(bytes) AS bytes, uniq(agent_id) AS agents, max(minute) AS last ${flows} GROUP BY family, \`table\`, chain, handle, fate ORDER BY packets DESC LIMIT 200`,
          },
        ),
      ],
    },
    {
      title: 'Rules that met no packet',
      panels: [
        sqlTable(
          {
            title: 'Not met',
            description:
              'Rules of the versions stored that no traced packet met in the time shown, of any hop',
            width: 24,
            height: 10,
          },
          {
            sql: `SELECT r.agent AS agent, r.family AS family, r.tbl AS \`table\`, one.chain AS chain, one.handle AS handle, arrayElement(splitByChar('\\n', r.text), one.line) AS text FROM (SELECT agent_id AS agent, family, \`table\` AS tbl, version, text, arrayJoin(JSONExtract(json, 'rules', 'Array(Tuple(chain String, handle UInt64, line UInt32))')) AS one FROM rulesets FINAL WHERE ${agents} AND (agent_id, netns, family, \`table\`, version) IN (SELECT agent_id, netns, family, \`table\`, argMax(version, ts) FROM ruleset_changes FINAL GROUP BY agent_id, netns, family, \`table\`)) AS r LEFT ANTI JOIN (SELECT DISTINCT table_version, handle FROM traces WHERE $__timeFilter(ts)) AS met ON met.table_version = r.version AND met.handle = one.handle ORDER BY agent, family, \`table\`, one.line LIMIT 500`,
          },
        ),
      ],
    },
  ],
});
