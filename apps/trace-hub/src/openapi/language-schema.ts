import { type CandidateJson, type CompletionJson } from '../validate/complete.service.js';
import { type QueryFault } from '../validate/validate.service.js';
import { count, list, object, ref, type Schemas, text, yes } from './shapes.js';

const fault = {
  detail: text('One sentence: where, which text, what is allowed'),
  code: text(
    'The kind of fault: syntax, unknown_column, wrong_type, malformed, out_of_range, unknown_value, too_many, too_large',
  ),
  value: text('The text at fault'),
  offset: count('Where it begins, in UTF-16 units'),
  length: count('How long it is'),
  line: count('Its line', 1),
  column: count('Where in the line', 1),
  allowed: text('What is allowed there'),
} satisfies Record<keyof QueryFault, Schemas[string]>;

const candidate = {
  kind: {
    type: 'string' as const,
    enum: ['column', 'operator', 'keyword', 'value'],
    description: 'What it is',
  },
  text: text('What to write'),
  doc: text('What it means'),
  count: count('Of a value that rows have: packets with it'),
} satisfies Record<keyof CandidateJson, Schemas[string]>;

const completion = {
  from: count('Where the text begins that a candidate replaces, in UTF-16 units'),
  to: count('Where it ends'),
  candidates: list(ref('Candidate'), 'What can be written there'),
  missing: text('Why the values that rows have are not among them'),
} satisfies Record<keyof CompletionJson, Schemas[string]>;

export const languageSchemas: Schemas = {
  QueryText: object('A text to validate', { query: text('A text of the query language') }),
  QueryFault: object('What is wrong with a text, and where', fault),
  Validation: object(
    'Whether a text is one of the language',
    {
      valid: yes('Whether it is'),
      query: text('Where it is: the same filter as the language writes it'),
      columns: list({ type: 'string' }, 'Where it is: the columns it looks at'),
      problem: ref('QueryFault'),
    },
    ['query', 'columns', 'problem'],
  ),
  Candidate: object('What can be written at a place', candidate, ['doc', 'count']),
  Completion: object('What can be written at a place of a text', completion, ['missing']),
};
