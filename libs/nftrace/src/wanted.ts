import { type Fate, type traceTypes } from '#columns';

/**
 * The words of `capture.only`, each of which wants some packets: `dropped` the dropped and the rejected, `policy` those
 * that a base chain's policy decided, whatever their fate. No word at all wants every packet.
 */
export const onlyWords = ['dropped', 'accepted', 'queued', 'stolen', 'policy'] as const;
export type OnlyWord = (typeof onlyWords)[number];

const BIT = {
  dropped: 1,
  accepted: 2,
  queued: 4,
  stolen: 8,
  policy: 16,
} satisfies Record<OnlyWord, number>;

/** A packet that lost events may have had any fate: no word asks for it. */
const FATE_BIT = {
  accepted: BIT.accepted,
  dropped: BIT.dropped,
  rejected: BIT.dropped,
  queued: BIT.queued,
  stolen: BIT.stolen,
  unknown: 0,
} satisfies Record<Fate, number>;

/** @returns the words as one number for `isWanted`; 0 = every packet */
export function onlyMask(only: readonly OnlyWord[]): number {
  return only.reduce((mask, word) => mask | BIT[word], 0);
}

/**
 * @param mask of `onlyMask`
 * @param fate the packet's
 * @param type of its decisive hop
 * @returns whether rows of the packet are asked for
 */
export function isWanted(mask: number, fate: Fate, type: (typeof traceTypes)[number]): boolean {
  if (mask === 0) return true;
  return (mask & (FATE_BIT[fate] | (type === 'policy' ? BIT.policy : 0))) !== 0;
}
