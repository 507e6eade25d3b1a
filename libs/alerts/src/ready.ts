/** A rule that comes with Visor; `ready: <name>` uses it, and any key overrides. */
export interface ReadyRule {
  readonly name: string;
  /** The rule as YAML: an item of `alerts:` without `- `. */
  readonly yaml: string;
}

export const readyRules: readonly ReadyRule[] = [];
