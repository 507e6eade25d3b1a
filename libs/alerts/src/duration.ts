const units = { us: 1, ms: 1e3, s: 1e6, m: 60e6, h: 3600e6, d: 86_400e6 } as const;

/** @returns µs of a duration like `10s`, `1.5h`, `1h30m`; undefined where it is none */
export function parseDuration(text: string): number | undefined {
  if (!/^(\d+(\.\d+)?(us|ms|s|m|h|d))+$/.test(text)) return undefined;
  let sum = 0;
  for (const [, number, unit] of text.matchAll(/(\d+(?:\.\d+)?)(us|ms|s|m|h|d)/g))
    sum += Number(number) * units[unit as keyof typeof units];
  return Math.round(sum);
}
