import { joinContents } from './content.js';
import { type ElementSum } from './element-sum.js';
import { type KernelChain, type KernelObject, type KernelRule, type KernelTable } from './kernel-table.js';
import { type ChainHead, type ReadRule, type TableHead } from './read.js';
import { RuleList, type RulePlace } from './rule-list.js';

/** A rule whose sets have been found: by name they may mean another one later */
interface ModelRule {
  handle: number;
  read: ReadRule;
  sets: readonly (KernelObject | undefined)[];
  /** Made with its content, once that cannot change any more */
  known: KernelRule | undefined;
}

interface ModelChain {
  head: ChainHead;
  rules: RuleList<ModelRule>;
  /** Undefined when it has changed since */
  frozen: KernelChain | undefined;
}

/** nft prints objects first, then sets, then flowtables, then chains; each in the order in which they were made. */
const KINDS = ['object', 'set', 'flowtable'] as const;
export type ObjectKind = (typeof KINDS)[number];

/** A table as the kernel's messages have made it. It is changed at the end of each transaction only. */
export class TableModel {
  readonly #chains = new Map<number, ModelChain>();
  readonly #byName = new Map<string, ModelChain>();
  readonly #objects: Record<ObjectKind, Map<number, KernelObject>> = {
    object: new Map(),
    set: new Map(),
    flowtable: new Map(),
  };
  readonly #sets = new Map<string, KernelObject>();
  #frozen: KernelTable | undefined;
  /** Something was told that does not fit what was known: it has to be read anew */
  odd = false;

  constructor(private head: TableHead) {}

  get nfproto(): number {
    return this.head.nfproto;
  }

  get raw(): string {
    return this.head.raw;
  }

  /** Flags or comment, of the same table */
  update(head: TableHead): void {
    if (head.handle !== this.head.handle) this.odd = true;
    this.head = head;
    this.#frozen = undefined;
  }

  setChain(head: ChainHead): void {
    const known = this.#chains.get(head.handle);
    const chain = known ?? { head, rules: new RuleList<ModelRule>(), frozen: undefined };
    // the rules that jump to it name it, and only part of its devices may have been told
    if (known && (known.head.raw !== head.raw || head.facts.device !== undefined)) this.odd = true;
    chain.head = head;
    this.#chains.set(head.handle, chain);
    this.#byName.set(head.raw, chain);
    this.#touch(chain);
  }

  deleteChain(handle: number): void {
    const chain = this.#chains.get(handle);
    if (!chain) return void (this.odd = true);
    this.#chains.delete(handle);
    if (this.#byName.get(chain.head.raw) === chain) this.#byName.delete(chain.head.raw);
    this.#frozen = undefined;
  }

  addRule(chainName: string, read: ReadRule, place: RulePlace): void {
    const chain = this.#byName.get(chainName);
    if (!chain) return void (this.odd = true);
    const sets = read.sets.map((name) => this.#sets.get(name));
    chain.rules.add({ handle: read.handle, read, sets, known: undefined }, place);
    this.#touch(chain);
  }

  deleteRule(chainName: string, handle: number): void {
    const chain = this.#byName.get(chainName);
    const rule = chain?.rules.delete(handle);
    if (!chain || !rule) return void (this.odd = true);
    this.#touch(chain);
    this.#dropInner(rule.read.inner);
  }

  setObject(kind: ObjectKind, object: KernelObject): void {
    const known = this.#objects[kind].get(object.handle);
    // of a flowtable only the devices that are new may have been told
    if (known && kind === 'flowtable') this.odd = true;
    if (known?.content === object.content) return;
    this.#objects[kind].set(object.handle, object);
    if (kind === 'set') this.#sets.set(object.raw, object);
    this.#frozen = undefined;
  }

  deleteObject(kind: ObjectKind, handle: number): void {
    const object = this.#objects[kind].get(handle);
    if (!object) return void (this.odd = true);
    this.#objects[kind].delete(handle);
    if (this.#sets.get(object.raw) === object) this.#sets.delete(object.raw);
    this.#frozen = undefined;
  }

  /** Elements of a set: they are part of what is printed where it is anonymous. */
  addElements(set: string, elements: ElementSum): void {
    const object = this.#sets.get(set);
    if (object?.anonymous) object.elements.add(elements);
  }

  /** @returns the sets whose elements are part of a rule */
  get anonymousSets(): KernelObject[] {
    return [...this.#sets.values()].filter((set) => set.anonymous);
  }

  /** @returns the table as it is, and the same object until it changes */
  freeze(): KernelTable {
    return (this.#frozen ??= {
      ...this.head,
      chains: Array.from(this.#chains.values(), (chain) => this.#freezeChain(chain)),
      objects: KINDS.flatMap((kind) => [...this.#objects[kind].values()]),
    });
  }

  #touch(chain: ModelChain): void {
    chain.frozen = undefined;
    this.#frozen = undefined;
  }

  /** The kernel says nothing of a rule's own chain when it goes with the rule. */
  #dropInner(names: readonly string[]): void {
    for (const name of names) {
      const chain = this.#byName.get(name);
      if (!chain) continue;
      this.#chains.delete(chain.head.handle);
      this.#byName.delete(name);
      for (const rule of chain.rules.toArray()) this.#dropInner(rule.read.inner);
    }
  }

  #freezeChain(chain: ModelChain): KernelChain {
    if (!chain.rules.whole) this.odd = true;
    return (chain.frozen ??= {
      ...chain.head,
      rules: chain.rules.toArray().map((rule) => this.#freezeRule(rule)),
    });
  }

  #freezeRule(rule: ModelRule): KernelRule {
    const { handle, comment, rejects, inner } = rule.read;
    return (rule.known ??= { handle, comment, rejects, inner, content: this.#contentOf(rule) });
  }

  #contentOf({ read, sets }: ModelRule): string {
    if (sets.length === 0 && read.inner.length === 0) return read.own;
    const inner = read.inner.flatMap((name) => {
      const chain = this.#byName.get(name);
      const rules = chain ? this.#freezeChain(chain).rules : [];
      return ['chain', ...rules.flatMap((rule) => [rule.content, rule.comment])];
    });
    const named = sets.map((set, i) => {
      if (!set) return `? ${read.sets[i] ?? ''}`;
      return set.anonymous ? `${set.content} ${set.elements.toString()}` : `${set.content} ${set.raw}`;
    });
    return joinContents(read.own, [...named, ...inner]);
  }
}
