import { MARK } from '../../packet/hop-pieces.js';
import { story } from '../../packet/story.js';
import { wrapped } from '../../format/wrap.js';
import { type Lines, type Panel, type PanelProps, type UiParts } from '../contracts.js';
import { type Action } from '../model/actions.js';
import { type UiState } from '../model/state.js';
import { plainText } from '../screen/styled.js';
import { Memo } from './memo.js';
import { instead, type PacketSource, type Way } from './packet-source.js';

/** From so many cells on a hop has room beside its times. */
const WIDE = 72;

/** A packet's story. */
export class PathPanel implements Panel {
  readonly name = 'path';
  readonly title = 'Path';
  readonly #memo = new Memo<readonly string[]>();

  constructor(
    private readonly source: PacketSource,
    private readonly parts: Pick<UiParts, 'paint' | 'clock' | 'names'>,
  ) {}

  update(state: UiState): void {
    this.source.update(state);
  }

  lines({ width }: PanelProps): Lines {
    const without = instead(this.source);
    if (without) return without.flatMap((line) => wrapped([{ text: line }], width));
    const found = this.source.way();
    return found?.way.kind === 'here' ? this.#story(found.way.value, width) : [];
  }

  #story(way: Way, width: number): readonly string[] {
    const { rows, decided, losses } = way;
    const { paint, clock, names } = this.parts;
    return this.#memo.get([way, width], () => {
      const narrow = width < WIDE;
      const told = losses.flatMap((line) => wrapped([{ text: line }], width));
      const text = story(rows, decided, { clock: clock(), paint, names, width, narrow, losses: told });
      return text.replace(/\n$/, '').split('\n');
    });
  }

  mark(props: PanelProps): number | undefined {
    const lines = this.lines(props);
    for (let at = 0; at < lines.length; at++) if (plainText(lines.at(at) ?? '').startsWith(MARK)) return at;
    return undefined;
  }

  enter(): readonly Action[] {
    return [{ type: 'panel', panel: 'ruleset' }];
  }
}
