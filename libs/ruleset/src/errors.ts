/** What went wrong with listing the ruleset. `code`: `missing` (no nft), `failed` (nft's own error), `malformed`. */
export class RulesetError extends Error {
  override readonly name = 'RulesetError';

  constructor(
    readonly op: string,
    readonly code: 'missing' | 'failed' | 'malformed',
    message: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}
