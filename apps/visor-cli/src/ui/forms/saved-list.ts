import { type Paint } from '../../format/paint.js';
import { printable } from '../../format/printable.js';
import { padded, widthOf } from '../../format/width.js';
import { type FormView, type Key, type Size } from '../contracts.js';
import { type FilterState } from '../model/filter-state.js';
import { moved, topFor } from './choice.js';
import { type SavedFilter, type SavedFilters } from './saved-filters.js';

const NAME = 24;

/** @returns a filter as flags, for a person */
export function filterText({ columns, query }: FilterState): string {
  const parts = Object.entries(columns).map(([name, values]) => `${name}=${values.join(',')}`);
  return printable([...parts, ...(query === '' ? [] : [query])].join(' '));
}

/** The list of filters that were kept, from which one is taken. */
export class SavedList {
  #filters: readonly SavedFilter[];
  #at = 0;
  #top = 0;
  /** The filter that another Delete removes. */
  #removing: string | undefined;
  #fault: string | undefined;

  /** @throws CliError `usage` for a file that cannot be read */
  constructor(
    private readonly saved: SavedFilters,
    private readonly paint: Paint,
  ) {
    this.#filters = saved.list();
  }

  /** @returns the filter that was taken, or that it stays, or that it goes away */
  key(key: Key): FilterState | 'stay' | 'close' {
    const next = moved(this.#at, this.#filters.length, key);
    if (next !== undefined) this.#at = next;
    if (key.name !== 'delete') this.#removing = undefined;
    const one = this.#filters[this.#at];
    if (key.name === 'escape') return 'close';
    if (key.name === 'delete' && one) this.#remove(one.name);
    if (key.name !== 'enter' || !one) return 'stay';
    this.#fault = one.fault && `${one.name}: ${one.fault}`;
    return one.fault === undefined ? one.filter : 'stay';
  }

  #remove(name: string): void {
    if (this.#removing !== name) {
      this.#removing = name;
      return;
    }
    this.#removing = undefined;
    try {
      this.saved.remove(name);
      this.#filters = this.saved.list();
      this.#at = Math.min(this.#at, Math.max(this.#filters.length - 1, 0));
    } catch (error) {
      this.#fault = (error as Error).message;
    }
  }

  view({ width, height }: Size): FormView {
    const room = Math.max(height - 2, 1);
    this.#top = topFor(this.#at, this.#filters.length, room, this.#top);
    const names = Math.min(NAME, Math.max(1, ...this.#filters.map(({ name }) => widthOf(printable(name)))));
    const lines = this.#filters.slice(this.#top, this.#top + room).map(({ name, filter, fault }, at) => {
      const mark = this.#top + at === this.#at ? '▸' : ' ';
      const what =
        fault === undefined ? this.paint.dim(filterText(filter)) : this.paint.loss(printable(fault));
      return `${mark} ${padded(printable(name), names)}  ${what}`;
    });
    const none = `no filter is kept yet; ^S in the form keeps one in ${printable(this.saved.path)}`;
    const { told } = this;
    return {
      lines: [...(lines.length > 0 ? lines : [none]), '', told].slice(0, Math.max(height, width && 1)),
    };
  }

  private get told(): string {
    if (this.#fault !== undefined) return this.paint.loss(printable(this.#fault));
    if (this.#removing === undefined) return '';
    return this.paint.loss(printable(`Delete again removes ${this.#removing}`));
  }
}
