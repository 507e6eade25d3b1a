import { printable } from '../../format/printable.js';
import {
  type Form,
  type FormResult,
  type FormView,
  type Key,
  type KeyHint,
  type Size,
  type UiParts,
} from '../contracts.js';
import { type FilterState } from '../model/filter-state.js';
import { apart, bothOf, conditionOf } from './conditions.js';
import { faultLines } from './fault-lines.js';
import { faultOf, QUERY } from './filter-fields.js';
import { HintSource } from './hint-source.js';
import { proposalLine, Taking } from './proposals.js';
import { queryProposals } from './query-proposals.js';
import { filterText } from './saved-list.js';
import { fieldOf, fieldView, type TextField, typeInto } from './text-field.js';

const PROMPT = '/ ';

/** @returns the filter in the query language, but for what stands beside a query */
function asQuery({ columns, query }: FilterState): FilterState {
  const { beside, others } = apart(columns);
  return { columns: beside, query: bothOf(query, conditionOf(others)) };
}

/** The whole filter as a line of the query language, with completion. A wrong one leaves the old in force. */
export class QueryForm implements Form {
  readonly title = 'Query';
  readonly where = 'line';
  readonly hints: readonly KeyHint[] = [
    { key: 'Enter', does: 'apply' },
    { key: 'Tab', does: 'complete' },
    { key: '^U', does: 'clear' },
    { key: 'Esc', does: 'leave' },
  ];
  #field: TextField;
  readonly #start: string;
  /** What stands beside the query. */
  readonly #beside: FilterState['columns'];
  readonly #hints: HintSource;
  readonly #taking = new Taking();

  constructor(private readonly parts: UiParts) {
    const { columns, query } = asQuery(parts.state().filter);
    this.#start = query;
    this.#beside = columns;
    this.#field = fieldOf(this.#start);
    this.#hints = new HintSource(parts);
  }

  close(): void {
    this.#hints.close();
  }

  key(key: Key): FormResult {
    if (key.name === 'tab') {
      const found = queryProposals(this.#field, this.#hints);
      this.#field = this.#taking.next(this.#field, found, key.shift) ?? this.#field;
      return 'stay';
    }
    this.#taking.end();
    if (key.name === 'escape') return 'close';
    if (key.name === 'enter') return this.#apply();
    this.#field = typeInto(this.#field, key) ?? this.#field;
    return 'stay';
  }

  #apply(): FormResult {
    const query = this.#field.text.trim();
    if (query === this.#start) return 'close';
    if (faultOf(QUERY, query) !== undefined) return 'stay';
    return { do: [{ type: 'filter', filter: { columns: this.#beside, query } }] };
  }

  view({ width }: Size): FormView {
    const { paint } = this.parts;
    const { text, cursor } = fieldView(this.#field, width - PROMPT.length);
    const fault = faultOf(QUERY, this.#field.text);
    const { round } = this.#taking;
    const proposals = round?.proposals ?? queryProposals(this.#field, this.#hints);
    const beside = filterText({ columns: this.#beside, query: '' });
    const missing = this.#hints.fault === undefined ? '' : `values are not known: ${this.#hints.fault}`;
    const above =
      fault === undefined
        ? [paint.dim(printable(beside === '' ? missing : `with ${beside}`))]
        : faultLines(fault, width, 3, paint);
    return {
      lines: [...above, proposalLine(proposals, round?.at ?? -1, width, paint), `${PROMPT}${text}`],
      caret: { line: above.length + 1, column: PROMPT.length + cursor },
    };
  }
}
