import { type Agent } from '#api-client';
import { parseFromHub } from '../from-hub.js';

/** @throws CliError `protocol` where `json` is no agent */
export const parseAgent = (json: string): Agent =>
  parseFromHub<Agent>(json, {
    op: 'agents',
    name: 'an agent',
    needs: 'name',
    has: ({ agent_id, age_s, lost, losses }) =>
      typeof agent_id === 'string' && typeof age_s === 'number' && Boolean(lost) && Array.isArray(losses),
  });
