import { IsString, validateSync } from 'class-validator';
import { fieldsOfBody } from '../http/json-body.js';
import { badParameter } from '../http/problem.js';

const example = 'send {"query": "dport == 443"}';

/** The body of a request to validate. */
export class ValidateBody {
  /** A text of the query language. */
  @IsString()
  query!: string;
}

/** @throws Problem where the body is none of these */
export function readBody(raw: unknown): ValidateBody {
  const body = Object.assign(new ValidateBody(), fieldsOfBody(raw, ['query'], example));
  const [fault] = validateSync(body);
  if (fault) throw badParameter('query', '', `query is no text; ${example}`);
  return body;
}
