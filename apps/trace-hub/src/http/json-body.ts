import { badParameter, Problem } from './problem.js';
import { shown } from './raw-query.js';

/**
 * @param example what to send instead
 * @returns the fields of a request's body, whose values are yet to be checked
 * @throws Problem where it is no object of the known fields
 */
export function fieldsOfBody<Name extends string>(
  raw: unknown,
  known: readonly Name[],
  example: string,
): Readonly<Partial<Record<Name, unknown>>> {
  if (typeof raw !== 'object' || raw === null || Array.isArray(raw))
    throw new Problem(400, `the body is no JSON object; ${example} as application/json`);
  // curl -d says that it sends a form unless told otherwise; JSON read as one is a single odd name.
  if (Object.keys(raw).some((name) => name.trimStart().startsWith('{')))
    throw new Problem(400, 'the body came as a form; send it with the header Content-Type: application/json');
  const other = Object.keys(raw).find((name) => !(known as readonly string[]).includes(name));
  if (other === undefined) return raw as Partial<Record<Name, unknown>>;
  const field = shown(other);
  const there = `there ${known.length > 1 ? 'are' : 'is'} ${known.join(', ')}`;
  throw badParameter(field, '', `the field ${field} is not known; ${there}`);
}
