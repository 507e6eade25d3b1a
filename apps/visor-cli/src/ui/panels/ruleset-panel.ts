import { type RulesetVersion } from '#api-client';
import { CliError } from '../../errors.js';
import { wrapped } from '../../format/wrap.js';
import { type VersionHops, versionsOf } from '../../packet/ruleset.js';
import { type ColumnValue, type Lines, type Panel, type PanelProps, type UiParts } from '../contracts.js';
import { type UiState } from '../model/state.js';
import { type Answer, Answers } from './answers.js';
import { Memo } from './memo.js';
import { instead, type PacketSource } from './packet-source.js';
import { headOf, type Part, Parts, TablePart } from './ruleset-lines.js';

/** The tables that a packet went through, as they were then, with what it met in them. */
export class RulesetPanel implements Panel {
  readonly name = 'ruleset';
  readonly title = 'Ruleset';
  readonly #texts: Answers<RulesetVersion>;
  readonly #memo = new Memo<Parts>();
  #shown: Parts | undefined;

  constructor(
    private readonly source: PacketSource,
    private readonly parts: UiParts,
  ) {
    this.#texts = new Answers(parts, (version, signal) => this.#load(version, signal));
  }

  async #load(version: string, signal: AbortSignal): Promise<RulesetVersion> {
    const found = JSON.parse(await this.parts.client.ruleset(version, {}, signal)) as RulesetVersion;
    if (typeof found.text === 'string' && Array.isArray(found.rules)) return found;
    throw new CliError(
      'ruleset',
      'protocol',
      'the hub answers with what is no ruleset; is it of this version?',
    );
  }

  update(state: UiState): void {
    this.source.update(state);
    for (const { version } of this.#versions()) if (version !== '') this.#texts.get(version);
  }

  #versions(): VersionHops[] {
    const found = this.source.way();
    return found?.way.kind === 'here' ? versionsOf(found.way.value.rows) : [];
  }

  lines({ width }: PanelProps): Lines {
    this.#shown = undefined;
    const without = instead(this.source);
    if (without) return without.flatMap((line) => wrapped([{ text: line }], width));
    const way = this.source.way()?.way;
    if (way?.kind !== 'here') return [];
    const versions = versionsOf(way.value.rows);
    const texts = versions.map(({ version }) => (version === '' ? undefined : this.#texts.get(version)));
    this.#shown = this.#memo.get([way, width, ...texts], () => this.#composed(versions, texts, width));
    return this.#shown;
  }

  #composed(
    versions: readonly VersionHops[],
    texts: readonly (Answer<RulesetVersion> | undefined)[],
    width: number,
  ): Parts {
    const { paint } = this.parts;
    return new Parts(
      versions.flatMap((hops, at): Part[] => {
        const answer = texts[at];
        const head = [headOf(hops, paint, width)];
        const note = (text: string): string[] =>
          wrapped([{ text, paint: (shown) => paint.dim(shown) }], width);
        if (!answer) return [head, note('the version of this table was not known')];
        if (answer.kind === 'here') return [head, new TablePart(hops, answer.value, paint, width)];
        return [head, note(answer.kind === 'failed' ? answer.why : 'asking the hub for its text …')];
      }),
    );
  }

  mark(props: PanelProps): number | undefined {
    this.lines(props);
    return this.#shown?.mark;
  }

  valueAt(line: number): ColumnValue | undefined {
    return this.#shown?.valueAt(line);
  }
}
