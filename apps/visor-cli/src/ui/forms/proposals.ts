import { type Paint } from '../../format/paint.js';
import { printable } from '../../format/printable.js';
import { widthOf } from '../../format/width.js';
import { replaceText, type TextField } from './text-field.js';

/** What may stand at the cursor. */
export interface Proposal {
  /** What is written. */
  readonly text: string;
  /** What it is, or how many packets have it; '' for nothing. */
  readonly about: string;
}

/** Proposals, and the part of the text that each of them would replace. */
export interface Proposals {
  readonly from: number;
  readonly to: number;
  readonly items: readonly Proposal[];
}

export const noProposals: Proposals = { from: 0, to: 0, items: [] };

/** A row of proposals through which Tab goes. */
interface Round {
  readonly proposals: Proposals;
  readonly before: TextField;
  readonly at: number;
}

/** Takes proposals into a line: each Tab writes the next one in the place of the one before. */
export class Taking {
  #round: Round | undefined;

  /** What is proposed while it goes round; undefined: as the text says. */
  get round(): Round | undefined {
    return this.#round;
  }

  /** Another key was pressed. */
  end(): void {
    this.#round = undefined;
  }

  /** @returns the line with the next proposal; undefined where there is none */
  next(field: TextField, found: Proposals, backwards: boolean): TextField | undefined {
    const proposals = this.#round?.proposals ?? found;
    const count = proposals.items.length;
    if (count === 0) return undefined;
    const last = this.#round?.at ?? (backwards ? 0 : -1);
    const at = (last + (backwards ? -1 : 1) + count) % count;
    const before = this.#round?.before ?? field;
    // With one proposal the next Tab looks for what may follow it.
    this.#round = count > 1 ? { proposals, before, at } : undefined;
    return replaceText(before, proposals.from, proposals.to, proposals.items[at]?.text ?? '');
  }
}

/** @returns the proposals in a line, the one that was taken in view */
export function proposalLine({ items }: Proposals, at: number, width: number, paint: Paint): string {
  const texts = items.map(({ text }) => printable(text));
  const from = firstShown(texts, at, width);
  const shown: string[] = [];
  let used = from > 0 ? 2 : 0;
  for (const [i, text] of texts.slice(from).entries()) {
    used += widthOf(text) + 2;
    if (used > width && i > 0) break;
    shown.push(from + i === at ? `[${text}]` : ` ${text} `);
  }
  const more = from + shown.length < texts.length ? '…' : '';
  const about = items.length === 1 || at >= 0 ? printable(items[Math.max(at, 0)]?.about ?? '') : '';
  return paint.dim(`${from > 0 ? '… ' : ''}${shown.join('')}${more}${about === '' ? '' : `  ${about}`}`);
}

/** @returns the first proposal that is shown, so that the one taken has room */
function firstShown(texts: readonly string[], at: number, width: number): number {
  let from = 0;
  const needed = (): number =>
    texts.slice(from, at + 1).reduce((sum, text) => sum + widthOf(text) + 2, from > 0 ? 2 : 0);
  while (from < at && needed() > width) from++;
  return from;
}
