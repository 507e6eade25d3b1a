import { CliError } from '../errors.js';
import { JsonFormatter, JsonLinesFormatter } from '../format/json.js';
import { printable } from '../format/printable.js';
import { didYouMean } from '../config/nearest.js';
import { type Session } from '../session.js';
import { agentTable } from './agent-table.js';
import { parseAgent } from './parse-agent.js';
import { ratesOf } from './rates.js';

export const agentFormats = ['table', 'wide', 'json', 'jsonl'] as const;
export type AgentFormat = (typeof agentFormats)[number];

/** @throws CliError `not_found` for a name that no agent has */
function chosen(rows: readonly string[], names: readonly string[]): readonly string[] {
  if (names.length === 0) return rows;
  const byName = new Map(rows.map((json) => [parseAgent(json).agent_id, json]));
  return names.map((name) => {
    const json = byName.get(name);
    if (json !== undefined) return json;
    const near = didYouMean(name, [...byName.keys()]);
    const sentence = `the hub has heard of no agent ${JSON.stringify(name)}${near}; visor-cli agents lists them`;
    throw new CliError('agents', 'not_found', printable(sentence));
  });
}

/** @param names of agents; none: all @returns how many there are */
export async function printAgents(
  names: readonly string[],
  format: AgentFormat,
  session: Session,
): Promise<number> {
  const { client, output, notice, signal, paint, width } = session;
  const rows = chosen(await client.agents(signal), names);
  const wide = format === 'wide';
  if (wide || format === 'table') {
    const rates = rows.length > 0 ? await ratesOf(client, notice, signal) : undefined;
    const text = agentTable(rows.map(parseAgent), rates, { paint, width: wide ? Infinity : width, wide });
    if (rows.length > 0) await output.write(text);
    else notice('no agent has told the hub of itself yet');
  } else {
    const formatter = format === 'json' ? new JsonFormatter() : new JsonLinesFormatter();
    await output.write(formatter.rows(rows));
    await output.write(formatter.end());
  }
  return rows.length;
}
