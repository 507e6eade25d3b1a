import { type AlertTransition } from '#alerts';
import { type AlertMessage } from '#bus';

/**
 * Alerts that fired after the state was kept that a hub goes on from, and did not end. Most come again, with the same ids, when
 * it has read what the one before it had read. Not those of a heartbeat that was replaced, or of batches that are left out:
 * nobody would ever tell their end.
 */
export class Strays {
  #open = new Map<string, AlertMessage>();

  get size(): number {
    return this.#open.size;
  }

  add(alerts: readonly AlertMessage[]): void {
    for (const alert of alerts) this.#open.set(alert.id, alert);
  }

  /**
   * @param rename is told of an alert that fires which is one of them: the same rule's, of the same group, with another start
   * @returns the transitions, such an alert's as those of the one that was told
   */
  recognize(
    transitions: readonly AlertTransition[],
    rename: (id: string, known: AlertTransition) => void,
  ): AlertTransition[] {
    const renamed = new Map<string, AlertTransition>();
    return transitions.map((transition) => {
      const { id, state } = transition;
      if (this.#open.delete(id)) return transition;
      const known = state === 'firing' ? this.#like(transition) : renamed.get(id);
      if (!known) return transition;
      if (state === 'resolved') return { ...transition, id: known.id, started_at: known.started_at };
      rename(id, known);
      renamed.set(id, known);
      return known;
    });
  }

  /** @param firing those that fire now @returns the ends of those that did not come again; there are none left */
  end(firing: readonly AlertTransition[], now: string): AlertTransition[] {
    for (const { id } of firing) this.#open.delete(id);
    const ends = [...this.#open.values()].map((alert): AlertTransition => {
      const at = now > alert.at ? now : alert.at;
      return { ...alert, state: 'resolved', at, resolved_at: at };
    });
    this.#open.clear();
    return ends;
  }

  #like({ rule, group }: AlertTransition): AlertTransition | undefined {
    const key = keyOf({ rule, group });
    const known = [...this.#open.values()].find((alert) => keyOf(alert) === key);
    if (known) this.#open.delete(known.id);
    return known;
  }
}

const keyOf = ({ rule, group }: Pick<AlertTransition, 'rule' | 'group'>): string =>
  JSON.stringify([rule, Object.entries(group).sort()]);
