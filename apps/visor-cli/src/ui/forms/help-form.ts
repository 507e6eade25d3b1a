import { padded, widthOf } from '../../format/width.js';
import {
  type Form,
  type FormResult,
  type FormView,
  type HelpGroup,
  type Key,
  type KeyHint,
  type Size,
  type UiParts,
} from '../contracts.js';

const closing: readonly string[] = ['escape', 'enter', 'f1', '?', 'q'];
const GAP = 4;

/** All keys, in two columns where there is room; scrolled where there is not enough. */
export class HelpForm implements Form {
  readonly title = 'Keys';
  readonly where = 'over';
  readonly hints: readonly KeyHint[] = [
    { key: '↑↓', does: 'scroll' },
    { key: 'Esc', does: 'leave' },
  ];
  #top = 0;
  #length = 0;
  #height = 1;

  constructor(
    private readonly parts: Pick<UiParts, 'paint'>,
    private readonly groups: readonly HelpGroup[],
  ) {}

  key({ name, ctrl }: Key): FormResult {
    if (closing.includes(name)) return 'close';
    const page = Math.max(this.#height - 1, 1);
    const most = Math.max(this.#length - this.#height, 0);
    const to: Readonly<Record<string, number>> = {
      up: this.#top - 1,
      down: this.#top + 1,
      pageup: this.#top - page,
      pagedown: this.#top + page,
      space: this.#top + page,
      home: 0,
      end: most,
    };
    if (!ctrl) this.#top = Math.min(Math.max(to[name] ?? this.#top, 0), most);
    return 'stay';
  }

  view({ width, height }: Size): FormView {
    const lines = this.#lines(width);
    this.#length = lines.length;
    this.#height = height;
    this.#top = Math.min(this.#top, Math.max(lines.length - height, 0));
    return { lines: lines.slice(this.#top, this.#top + height) };
  }

  #lines(width: number): string[] {
    const blocks = this.groups.map((group) => this.#block(group));
    const half = Math.floor((width - GAP) / 2);
    const widest = Math.max(0, ...blocks.flatMap((block) => block.map(({ width: cells }) => cells)));
    if (widest > half) return blocks.flatMap((block, at) => [...(at > 0 ? [''] : []), ...texts(block)]);
    const rows = blocks.reduce((sum, block) => sum + block.length + 1, -1);
    const left: Shown[] = [];
    const right: Shown[] = [];
    for (const block of blocks) {
      const side =
        left.length === 0 || left.length + block.length + 1 <= Math.ceil(rows / 2) + 2 ? left : right;
      if (side.length > 0) side.push({ text: '', width: 0 });
      side.push(...block);
    }
    return Array.from({ length: Math.max(left.length, right.length) }, (_, at) => {
      const { text, width: cells } = left[at] ?? { text: '', width: 0 };
      const other = right[at]?.text ?? '';
      return `${text}${' '.repeat(half + GAP - cells)}${other}`.trimEnd();
    });
  }

  #block({ title, keys }: HelpGroup): Shown[] {
    const room = Math.max(0, ...keys.map(({ key }) => widthOf(key)));
    return [
      { text: this.parts.paint.dim(title), width: widthOf(title) },
      ...keys.map(({ key, does }) => {
        const text = `  ${padded(key, room)}  ${does}`;
        return { text, width: widthOf(text) };
      }),
    ];
  }
}

/** A line and how many cells it takes. */
interface Shown {
  readonly text: string;
  readonly width: number;
}

const texts = (block: readonly Shown[]): string[] => block.map(({ text }) => text);
