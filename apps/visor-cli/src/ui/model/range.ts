/**
 * Which time is looked at. Times as a person gave them: `15m` is ago of when it is asked; without a zone they are local.
 * `live` with a `since` begins with the packets from then on.
 */
export type TimeRange =
  | { readonly kind: 'live'; readonly since?: string | undefined; readonly last?: number | undefined }
  | { readonly kind: 'fixed'; readonly since: string | undefined; readonly until: string | undefined };

export const live: TimeRange = { kind: 'live' };
