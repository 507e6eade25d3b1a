import { Parameter } from '../http/parameter.js';
import { oneOf, parsed, wholeNumber } from '../http/parameter-kinds.js';
import { type KnownAgent } from './agents.service.js';

const formats = ['json', 'jsonl'] as const;
/** As many as the hub knows at most. */
const mostAgents = 10_000;

/** Parameters of the list of agents, whose rows are no table. */
export class AgentsQuery {
  @Parameter(
    'limit',
    'How many agents are shown at most',
    wholeNumber({ min: 1, max: mostAgents, what: 'a number of agents' }),
  )
  limit = 1000;

  @Parameter(
    'cursor',
    'The next page: what next says of the page before, or the name of any agent: those after it',
    parsed((text) => text),
  )
  cursor?: string;

  @Parameter(
    'format',
    'json (one document) or jsonl (one row a line); goes before the Accept header',
    oneOf(formats),
  )
  format?: (typeof formats)[number];

  /** @param agents by their names @returns those of the page; `next` where there are more */
  pageOf(agents: readonly KnownAgent[]): { page: readonly KnownAgent[]; next?: string } {
    const { cursor, limit } = this;
    const rest = cursor === undefined ? agents : agents.filter(({ heartbeat }) => heartbeat.agent > cursor);
    const page = rest.slice(0, limit);
    const last = page.at(-1);
    return last && page.length < rest.length ? { page, next: last.heartbeat.agent } : { page };
  }
}
