import { IsString, validateSync } from 'class-validator';
import { badParameter, Problem } from '../http/problem.js';
import { shown } from '../http/raw-query.js';

/** The body of a request to validate. */
export class ValidateBody {
  /** A text of the query language. */
  @IsString()
  query!: string;
}

/** @throws Problem where the body is none of these */
export function readBody(raw: unknown): ValidateBody {
  if (typeof raw !== 'object' || raw === null || Array.isArray(raw))
    throw new Problem(400, 'the body is no JSON object; send {"query": "dport == 443"} as application/json');
  // curl -d says that it sends a form unless told otherwise; JSON read as one is a single odd name.
  if (Object.keys(raw).some((name) => name.trimStart().startsWith('{')))
    throw new Problem(400, 'the body came as a form; send it with the header Content-Type: application/json');
  const other = Object.keys(raw).find((name) => name !== 'query');
  if (other !== undefined)
    throw badParameter(shown(other), '', `the field ${shown(other)} is not known; there is query`);
  const body = Object.assign(new ValidateBody(), raw);
  const [fault] = validateSync(body);
  if (fault) throw badParameter('query', '', 'query is no text; send {"query": "dport == 443"}');
  return body;
}
