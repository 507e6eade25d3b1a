import { type RulesetVersion } from '#api-client';
import { CliError } from '../errors.js';
import { type Paint } from '../format/paint.js';
import { printable } from '../format/printable.js';

/** @returns text of several lines that is safe to print; tabs stay */
export function printableText(text: string): string {
  return text
    .split('\n')
    .map((line) => line.split('\t').map(printable).join('\t'))
    .join('\n');
}

/** @returns where the rule begins whose last line is `end`: one with a chain of its own has several (`jump {`) */
function beginOf(lines: readonly string[], end: number): number {
  let at = end;
  if (!lines[at]?.startsWith('\t\t}')) return at;
  while (at > 0 && /^\t\t[\t}]/.test(lines[at] ?? '')) at--;
  return at;
}

/**
 * @returns the rule's line, within the braces of its table and chain
 * @throws CliError where the version has no such rule
 */
export function ruleText({ version, text, rules }: RulesetVersion, handle: number): string {
  const rule = rules.find((one) => one.handle === handle);
  const lines = text.split('\n');
  const end = (rule?.line ?? 0) - 1;
  if (!rule || lines[end] === undefined) {
    const why = rule ? `nft printed no line for rule ${handle}` : `there is no rule ${handle}`;
    const sentence = `${why} in version ${version}; visor-cli ruleset show ${version} shows all of it`;
    throw new CliError('ruleset', 'usage', sentence);
  }
  const begin = beginOf(lines, end);
  const chain = lines.slice(0, begin).findLast((line) => /^\t(?!\t|\})/.test(line));
  const heads = [lines[0] ?? '', ...(chain === undefined ? [] : [chain])];
  const ends = [...(chain === undefined ? [] : ['\t}']), '}'];
  return `${[...heads, ...lines.slice(begin, end + 1), ...ends].join('\n')}\n`;
}

/** @returns a unified diff in colours */
export function paintDiff(diff: string, paint: Paint): string {
  return printableText(diff)
    .split('\n')
    .map((line, at) => {
      if (at < 2 || line.startsWith('@@')) return line === '' ? line : paint.dim(line);
      if (line.startsWith('+')) return paint.added(line);
      return line.startsWith('-') ? paint.removed(line) : line;
    })
    .join('\n');
}
