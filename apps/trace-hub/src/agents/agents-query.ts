import { Parameter } from '../http/parameter.js';
import { oneOf } from '../http/parameter-kinds.js';

const formats = ['json', 'jsonl'] as const;

/** Parameters of the list of agents, whose rows are no table. */
export class AgentsQuery {
  @Parameter(
    'format',
    'json (one document) or jsonl (one row a line); goes before the Accept header',
    oneOf(formats),
  )
  format?: (typeof formats)[number];
}
