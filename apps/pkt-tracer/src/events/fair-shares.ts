/**
 * Divides what there is room for: those that ask for little get it all, the others equal parts of the rest. So a chain
 * that drops now and then is seen beside one that is flooded.
 * @param asked what each asks for @param room may be less than their sum
 * @returns what each gets; all of the room is given away where so much is asked for
 */
export function fairShares(asked: readonly number[], room: number): number[] {
  const shares = asked.map(() => 0);
  const bySize = [...asked.keys()].sort((a, b) => (asked[a] ?? 0) - (asked[b] ?? 0));
  let left = Math.floor(room);
  for (const [done, at] of bySize.entries()) {
    const equal = Math.ceil(left / (bySize.length - done));
    const share = Math.min(asked[at] ?? 0, equal);
    shares[at] = share;
    left -= share;
  }
  return shares;
}
