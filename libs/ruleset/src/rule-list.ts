/** What a list needs to know of a rule */
interface Listed {
  handle: number;
}

interface Node<R> {
  rule: R;
  previous: Node<R> | undefined;
  next: Node<R> | undefined;
}

/** Where a rule is to stand: behind another by its handle, or where the rule stood that was deleted last. */
export type RulePlace = 'first' | 'last' | 'replaced' | { after: number };

/** The rules of a chain in their order, changed one at a time as the kernel tells of them. */
export class RuleList<R extends Listed> {
  readonly #nodes = new Map<number, Node<R>>();
  #first: Node<R> | undefined;
  #last: Node<R> | undefined;
  /** What stood before the rule that was deleted last; undefined: it was the first */
  #beforeDeleted: Node<R> | undefined;
  /** Rules that stand behind one that has not been told yet: several inserted at once are told from the last on */
  readonly #waiting = new Map<number, R>();

  /** Whether the place of every rule is known */
  get whole(): boolean {
    return this.#waiting.size === 0;
  }

  add(rule: R, place: RulePlace): void {
    if (typeof place === 'object') {
      const before = this.#nodes.get(place.after);
      if (before) this.#insert(rule, before);
      else this.#waiting.set(place.after, rule);
    } else if (place === 'replaced') {
      const before = this.#beforeDeleted;
      this.#insert(rule, before && this.#nodes.get(before.rule.handle) === before ? before : undefined);
    } else this.#insert(rule, place === 'last' ? this.#last : undefined);
  }

  get(handle: number): R | undefined {
    return this.#nodes.get(handle)?.rule;
  }

  /** @returns the rule; undefined when there is none of this handle */
  delete(handle: number): R | undefined {
    const node = this.#nodes.get(handle);
    if (!node) return undefined;
    this.#nodes.delete(handle);
    if (node.previous) node.previous.next = node.next;
    else this.#first = node.next;
    if (node.next) node.next.previous = node.previous;
    else this.#last = node.previous;
    this.#beforeDeleted = node.previous;
    return node.rule;
  }

  toArray(): R[] {
    const rules: R[] = [];
    for (let node = this.#first; node; node = node.next) rules.push(node.rule);
    return rules;
  }

  #insert(rule: R, previous: Node<R> | undefined): void {
    for (let [next, behind]: [R | undefined, Node<R> | undefined] = [rule, previous]; next;) {
      const node: Node<R> = { rule: next, previous: behind, next: behind ? behind.next : this.#first };
      if (node.next) node.next.previous = node;
      else this.#last = node;
      if (behind) behind.next = node;
      else this.#first = node;
      this.#nodes.set(next.handle, node);
      const waiting = this.#waiting.get(next.handle);
      this.#waiting.delete(next.handle);
      [next, behind] = [waiting, node];
    }
  }
}
