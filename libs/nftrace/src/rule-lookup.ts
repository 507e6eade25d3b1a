import { type StringTable } from '#columns';
import { Phase } from './epochs.js';
import { type Hops } from './hops.js';
import { type IndexedRule, UNKNOWN_RULE } from './indexed-rules.js';
import { type IndexedTable, MADE_ANEW, type RuleIndex } from './rule-index.js';
import { type Segments } from './segments.js';

/** The rule of a hop, as it was in the ruleset that its event belongs to. There is one of these, filled again and again. */
export class RuleLookup {
  table: IndexedTable;
  /** Numbers of the StringTable; 0 = none */
  version = 0;
  text = 0;
  comment = 0;
  rejects = false;
  readonly #unknown: IndexedRule;

  constructor(
    private readonly rules: RuleIndex,
    strings: StringTable,
  ) {
    this.#unknown = { text: strings.id(UNKNOWN_RULE), comment: 0, rejects: false };
    this.table = rules.table(0, 0, 0);
  }

  find(hops: Hops, segments: Segments, hop: number): void {
    const { table: names, chain: chains, handle: handles } = hops.columns.data;
    const segment = hops.segment[hop] ?? 0;
    const [nfproto, name, epoch] = [hops.nfproto[hop] ?? 0, names[hop] ?? 0, segments.epoch[segment] ?? 0];
    const handle = (handles[2 * hop + 1] ?? 0) * 2 ** 32 + (handles[2 * hop] ?? 0);
    const before = this.rules.table(nfproto, name, epoch);
    const phase = segments.phase[segment];
    if (phase === Phase.sure) return this.#of(before, handle);
    const after = this.rules.table(nfproto, name, epoch + 1);
    const start = segments.chain[segment] ?? 0;
    if (phase === Phase.either || !isAtSamePlace(before, after, start)) {
      return this.#eitherOf(before, after, handle);
    }
    const isNew = phase === Phase.new && after.chains.has(chains[hop] ?? 0);
    this.#of(isNew ? after : before, handle);
  }

  #of(table: IndexedTable, handle: number): void {
    this.#take(table, table.version, table.rules.get(handle));
  }

  /**
   * While a change is under way, a handle means one rule if one version alone has it, or if both say the same of it.
   * Else it cannot be told which of the two rules the packet met: `replace rule` keeps the handle, too.
   */
  #eitherOf(before: IndexedTable, after: IndexedTable, handle: number): void {
    const known = before.handle !== MADE_ANEW && after.handle !== MADE_ANEW;
    if (before === after || handle === 0) return this.#of(before, handle);
    if (!known) return this.#take(before, 0, this.#unknown);
    if (!before.rules.has(handle)) return this.#of(after, handle);
    if (!after.rules.has(handle) || saysTheSame(before.rules.get(handle), after.rules.get(handle))) {
      return this.#of(before, handle);
    }
    this.#take(before, 0, this.#unknown);
  }

  #take(table: IndexedTable, version: number, rule: IndexedRule | undefined): void {
    this.table = table;
    this.version = version;
    this.text = rule?.text ?? 0;
    this.comment = rule?.comment ?? 0;
    this.rejects = rule?.rejects ?? false;
  }
}

/**
 * Of two base chains on one hook the new one is called first if they have the same priority (nf_hook_entries_grow).
 * @returns false also where it is not known what the chain was before, or is now
 */
function isAtSamePlace(before: IndexedTable, after: IndexedTable, chain: number): boolean {
  if (before.handle === MADE_ANEW || after.handle === MADE_ANEW) return false;
  const [was, is] = [before.chains.get(chain), after.chains.get(chain)];
  return !was || !is || Object.is(was.order, is.order);
}

function saysTheSame(one: IndexedRule | undefined, other: IndexedRule | undefined): boolean {
  return one?.text === other?.text && one?.comment === other?.comment && one?.rejects === other?.rejects;
}
