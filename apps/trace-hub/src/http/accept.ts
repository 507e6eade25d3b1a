/** A part of an Accept header. */
interface Range {
  readonly range: string;
  /** 0 to 1; 0 = not at all. */
  readonly quality: number;
  /** How exactly it names a type: 2 = itself, 1 = all of its kind (`text/` and a star), 0 = any. */
  readonly exact: number;
  readonly at: number;
}

const names = [/^\*\/\*$/, /^[^/]+\/\*$/] as const;

function rangesOf(accept: string): Range[] {
  return accept.split(',').map((part, at) => {
    const [name = '', ...parameters] = part.split(';').map((text) => text.trim().toLowerCase());
    const given = Number(parameters.find((text) => text.startsWith('q='))?.slice(2) ?? 1);
    const wide = names.findIndex((pattern) => pattern.test(name));
    return {
      range: wide < 0 ? name : name.slice(0, -1),
      // What is no quality counts as none that was given.
      quality: given >= 0 && given <= 1 ? given : 1,
      exact: wide < 0 ? 2 : wide,
      at,
    };
  });
}

const covers = ({ range, exact }: Range, type: string): boolean =>
  exact === 0 || (exact === 1 ? type.startsWith(range) : type === range);

/**
 * @param types what there is, by media type; the first is what most people want
 * @returns what an Accept header wants most (RFC 9110, 12.5.1), of equals what it names more exactly, or before; where it
 * takes nothing that there is, the first: an answer in another form helps more than none
 */
export function accepted<T>(accept: string | undefined, types: Readonly<Record<string, T>>): T | undefined {
  const ranges = rangesOf(accept ?? '');
  const offers = Object.keys(types).flatMap((type) => {
    const [range] = ranges.filter((one) => covers(one, type)).sort((a, b) => b.exact - a.exact);
    return range && range.quality > 0 ? [{ type, ...range }] : [];
  });
  offers.sort((a, b) => b.quality - a.quality || b.exact - a.exact || a.at - b.at);
  return types[offers[0]?.type ?? ''] ?? Object.values(types)[0];
}
