import { formatPatch, structuredPatch, type StructuredPatch } from 'diff';

export interface DiffOptions {
  /** How the two are named in the diff's head. */
  readonly from: string;
  readonly to: string;
  readonly context: number;
  /** How long to look for the shortest difference. */
  readonly timeout_ms?: number;
}

export interface TextDiff {
  /** Unified diff; '' where both are the same. */
  readonly diff: string;
  readonly added: number;
  readonly removed: number;
}

const timeoutMs = 3000;

/** @returns the difference of two texts, made without holding up others for long */
export async function diffTexts(before: string, after: string, options: DiffOptions): Promise<TextDiff> {
  if (before === after) return { diff: '', added: 0, removed: 0 };
  const patch = (await shortest(before, after, options)) ?? coarse(before, after, options);
  const count = (sign: string): number =>
    patch.hunks.reduce((sum, { lines }) => sum + lines.filter((line) => line.startsWith(sign)).length, 0);
  return {
    diff: formatPatch(patch, { includeIndex: false, includeUnderline: false, includeFileHeaders: true }),
    added: count('+'),
    removed: count('-'),
  };
}

/** @returns undefined where the time is not enough: it grows with lines × differences */
function shortest(
  before: string,
  after: string,
  { from, to, context, timeout_ms = timeoutMs }: DiffOptions,
): Promise<StructuredPatch | undefined> {
  return new Promise((resolve) => {
    structuredPatch(from, to, before, after, undefined, undefined, {
      context,
      timeout: timeout_ms,
      callback: resolve,
    });
  });
}

/** All lines between what both begin and end with are replaced: true, if not short. */
function coarse(before: string, after: string, { from, to, context }: DiffOptions): StructuredPatch {
  const lines = [before, after].map((text) => text.replace(/\n$/, '').split('\n'));
  const [old = [], now = []] = lines;
  const shorter = Math.min(old.length, now.length);
  let start = 0;
  while (start < shorter && old[start] === now[start]) start++;
  let end = 0;
  while (end < shorter - start && old[old.length - 1 - end] === now[now.length - 1 - end]) end++;
  const first = Math.max(0, start - context);
  const tail = old.slice(old.length - end, old.length - end + context);
  const head = old.slice(first, start);
  const [gone, come] = [old.slice(start, old.length - end), now.slice(start, now.length - end)];
  const hunk = {
    oldStart: first + 1,
    oldLines: head.length + gone.length + tail.length,
    newStart: first + 1,
    newLines: head.length + come.length + tail.length,
    lines: [
      ...head.map((line) => ` ${line}`),
      ...gone.map((line) => `-${line}`),
      ...come.map((line) => `+${line}`),
      ...tail.map((line) => ` ${line}`),
    ],
  };
  return { oldFileName: from, newFileName: to, oldHeader: undefined, newHeader: undefined, hunks: [hunk] };
}

/** @returns a table's text without its handles: they say which object it is, not what it does */
export function withoutHandles(text: string): string {
  return text.replace(/ # handle \d+$/gm, '');
}
