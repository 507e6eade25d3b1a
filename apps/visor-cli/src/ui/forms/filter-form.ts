import { FilterError } from '#filter';
import { CliError } from '../../errors.js';
import { filterQuery } from '../../filters/filter-query.js';
import { printable } from '../../format/printable.js';
import { padded } from '../../format/width.js';
import {
  type Form,
  type FormResult,
  type FormView,
  type Key,
  type KeyHint,
  type Size,
  type UiParts,
} from '../contracts.js';
import { type FilterState, filterValues, noFilter } from '../model/filter-state.js';
import { moved, topFor } from './choice.js';
import { faultLines } from './fault-lines.js';
import { fieldProposals } from './field-proposals.js';
import {
  faultOf,
  faultText,
  type FilterField,
  filterFields,
  filterOfFields,
  QUERY,
} from './filter-fields.js';
import { HintSource } from './hint-source.js';
import { proposalLine, type Proposals, Taking } from './proposals.js';
import { queryProposals } from './query-proposals.js';
import { type SavedFilters } from './saved-filters.js';
import { SavedList } from './saved-list.js';
import { emptyField, fieldView, type TextField, typeInto } from './text-field.js';

const LABEL = 15;
/** Lines under the fields: what is wrong, proposals, what the field is. */
const BELOW = 4;

const hints: readonly KeyHint[] = [
  { key: 'Enter', does: 'apply' },
  { key: '↑↓', does: 'field' },
  { key: 'Tab', does: 'complete' },
  { key: '^O', does: 'saved' },
  { key: '^S', does: 'save' },
  { key: '^R', does: 'clear' },
  { key: 'Esc', does: 'leave' },
];
const listHints: readonly KeyHint[] = [
  { key: 'Enter', does: 'take' },
  { key: 'Delete', does: 'remove' },
  { key: 'Esc', does: 'back' },
];
const nameHints: readonly KeyHint[] = [
  { key: 'Enter', does: 'save' },
  { key: 'Esc', does: 'back' },
];

const message = (error: unknown): string => {
  if (error instanceof FilterError) return `${error.field}: ${faultText(error)}`;
  if (error instanceof CliError) return error.message;
  throw error;
};

const sameFilter = (a: FilterState, b: FilterState): boolean => JSON.stringify(a) === JSON.stringify(b);

/** All that can be filtered by, a line each. A wrong value is told at its field, and the old filter stays in force. */
export class FilterForm implements Form {
  readonly title = 'Filter';
  readonly where = 'over';
  #fields: FilterField[];
  #at = 0;
  #top = 0;
  #told: { readonly text: string; readonly isError: boolean } | undefined;
  #saved: SavedList | undefined;
  /** The name under which the filter is to be kept. */
  #name: TextField | undefined;
  readonly #hints: HintSource;
  readonly #taking = new Taking();

  constructor(
    private readonly parts: UiParts,
    private readonly saved: SavedFilters,
  ) {
    this.#fields = filterFields(parts.state().filter);
    this.#hints = new HintSource(parts);
    this.#at = Math.max(
      this.#fields.findIndex(({ field }) => field.text !== ''),
      0,
    );
  }

  get hints(): readonly KeyHint[] {
    if (this.#saved) return listHints;
    return this.#name ? nameHints : hints;
  }

  close(): void {
    this.#hints.close();
  }

  key(key: Key): FormResult {
    if (this.#saved) return this.#inList(this.#saved, key);
    if (this.#name) return this.#inName(this.#name, key);
    this.#told = undefined;
    if (key.name === 'tab') return this.#tab(key.shift);
    this.#taking.end();
    if (key.name === 'escape') return 'close';
    if (key.name === 'enter') return this.#apply();
    if (key.ctrl && key.name === 's') this.#name = emptyField;
    else if (key.ctrl && key.name === 'o') this.#openSaved();
    else if (key.ctrl && key.name === 'r') this.#fields = filterFields(noFilter);
    else this.#edit(key);
    return 'stay';
  }

  #edit(key: Key): void {
    const next = moved(this.#at, this.#fields.length, key);
    if (next !== undefined) this.#at = next;
    else this.#write(typeInto(this.#current.field, key));
  }

  get #current(): FilterField {
    // There is one for each column.
    return this.#fields[this.#at] as FilterField;
  }

  #write(field: TextField | undefined): void {
    if (field) this.#fields = this.#fields.with(this.#at, { ...this.#current, field });
  }

  get #proposals(): Proposals {
    const { name, field } = this.#current;
    return name === QUERY ? queryProposals(field, this.#hints) : fieldProposals(name, field, this.#hints);
  }

  #tab(backwards: boolean): FormResult {
    const taken = this.#taking.next(this.#current.field, this.#proposals, backwards);
    if (taken) this.#write(taken);
    else this.#at = (this.#at + (backwards ? -1 : 1) + this.#fields.length) % this.#fields.length;
    return 'stay';
  }

  /** @returns the filter; undefined where a field is wrong, which is gone to */
  #filter(): FilterState | undefined {
    const wrong = this.#fields.findIndex(({ name, field }) => faultOf(name, field.text) !== undefined);
    if (wrong >= 0) {
      this.#at = wrong;
      return undefined;
    }
    try {
      const filter = filterOfFields(this.#fields);
      filterQuery(filterValues(filter));
      return filter;
    } catch (error) {
      this.#told = { text: message(error), isError: true };
      return undefined;
    }
  }

  #apply(): FormResult {
    const filter = this.#filter();
    if (!filter) return 'stay';
    return sameFilter(filter, this.parts.state().filter) ? 'close' : { do: [{ type: 'filter', filter }] };
  }

  #openSaved(): void {
    try {
      this.#saved = new SavedList(this.saved, this.parts.paint);
    } catch (error) {
      this.#told = { text: message(error), isError: true };
    }
  }

  #inList(list: SavedList, key: Key): FormResult {
    const taken = list.key(key);
    if (taken === 'stay') return 'stay';
    this.#saved = undefined;
    if (taken === 'close') return 'stay';
    this.#fields = filterFields(taken);
    this.#at = Math.max(
      this.#fields.findIndex(({ field }) => field.text !== ''),
      0,
    );
    return 'stay';
  }

  #inName(name: TextField, key: Key): FormResult {
    if (key.name === 'enter') this.#save(name.text.trim());
    else if (key.name === 'escape') this.#name = undefined;
    else this.#name = typeInto(name, key) ?? name;
    return 'stay';
  }

  #save(name: string): void {
    this.#name = undefined;
    const filter = this.#filter();
    if (!filter) return;
    try {
      this.saved.save(name, filter);
      this.#told = { text: `kept as ${name}; ^O shows what is kept`, isError: false };
    } catch (error) {
      this.#told = { text: message(error), isError: true };
    }
  }

  view(size: Size): FormView {
    if (this.#saved) return this.#saved.view(size);
    const { lines, at } = this.#rows();
    const room = Math.max(size.height - BELOW, 1);
    this.#top = topFor(at, lines.length, room, this.#top);
    // A heading stays with its first field.
    if (at === this.#top && at > 0 && room > 1) this.#top -= lines[at - 1]?.kind === 'heading' ? 1 : 0;
    const shown = lines.slice(this.#top, this.#top + room);
    const value = fieldView(this.#current.field, size.width - LABEL - 2);
    const caret = { line: at - this.#top, column: LABEL + 2 + value.cursor };
    const texts = shown.map((line) =>
      line.kind === 'heading' ? this.parts.paint.dim(line.text) : this.#line(line.field, size.width),
    );
    return this.#name
      ? this.#nameView(this.#name, texts, size)
      : { lines: [...texts, ...this.#below(size)], caret };
  }

  #nameView(name: TextField, texts: readonly string[], { width }: Size): FormView {
    const label = 'keep as: ';
    const { text, cursor } = fieldView(name, width - label.length);
    return {
      lines: [...texts, '', `${label}${text}`],
      caret: { line: texts.length + 1, column: label.length + cursor },
    };
  }

  #rows(): {
    lines: ({ kind: 'heading'; text: string } | { kind: 'field'; field: FilterField })[];
    at: number;
  } {
    const lines: ({ kind: 'heading'; text: string } | { kind: 'field'; field: FilterField })[] = [];
    let at = 0;
    this.#fields.forEach((field, number) => {
      if (field.group !== this.#fields[number - 1]?.group) lines.push({ kind: 'heading', text: field.group });
      if (number === this.#at) at = lines.length;
      lines.push({ kind: 'field', field });
    });
    return { lines, at };
  }

  #line({ name, field }: FilterField, width: number): string {
    const { paint } = this.parts;
    const isCurrent = name === this.#current.name;
    const label = `${isCurrent ? '▸' : ' '} ${padded(name, LABEL)}`;
    const { text } = fieldView(isCurrent ? field : { ...field, cursor: 0 }, width - LABEL - 2);
    const fault = faultOf(name, field.text);
    return fault === undefined || isCurrent
      ? `${label}${text}`
      : `${label}${text}  ${paint.loss(printable(fault))}`;
  }

  /** As many lines whatever they say, so that the form does not jump. */
  #below({ width }: Size): string[] {
    const { paint } = this.parts;
    const { name, field, doc } = this.#current;
    const told = this.#told;
    const fault = faultOf(name, field.text) ?? (told?.isError === true ? told.text : undefined);
    const missing = this.#hints.fault === undefined ? '' : `values are not known: ${this.#hints.fault}`;
    const { round } = this.#taking;
    const proposals = round?.proposals ?? this.#proposals;
    const said = [
      printable(told?.text ?? ''),
      proposals.items.length > 0
        ? proposalLine(proposals, round?.at ?? -1, width, paint)
        : paint.dim(printable(missing)),
      paint.dim(doc),
    ];
    const wrong = fault === undefined ? [] : faultLines(fault, width, said.length, paint);
    return ['', ...wrong, ...said.slice(wrong.length)];
  }
}
