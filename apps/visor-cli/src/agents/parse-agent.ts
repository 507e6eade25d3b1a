import { type Agent } from '#api-client';
import { CliError } from '../errors.js';

/** @throws CliError `protocol` where `json` is no agent */
export function parseAgent(json: string): Agent {
  let found: Partial<Agent> | null;
  try {
    found = JSON.parse(json) as Partial<Agent> | null;
  } catch (cause) {
    const sentence = `the hub sent an agent that is no JSON: ${json.slice(0, 80)}`;
    throw new CliError('agents', 'protocol', sentence, { cause });
  }
  const { agent_id, age_s, lost, losses } = found ?? {};
  if (typeof agent_id === 'string' && typeof age_s === 'number' && lost && Array.isArray(losses))
    return found as Agent;
  throw new CliError('agents', 'protocol', `the hub sent an agent without name: ${json.slice(0, 80)}`);
}
