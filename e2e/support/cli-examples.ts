import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type CliData } from './cli-data.js';
import { projectRoot } from './root.js';

/** What stands for versions of tables in examples, older first. */
const placeholders = ['0123456789abcdef', 'fedcba9876543210'] as const;

/** A command line that a help, a page or the README shows. */
export interface Example {
  /** The command it is an example of, as `ruleset show`; or the file. */
  readonly of: string;
  readonly line: string;
}

interface Manifest {
  readonly commands: Readonly<
    Record<
      string,
      {
        readonly hidden?: boolean;
        readonly examples?: readonly (string | { readonly command: string })[];
      }
    >
  >;
}

/** Every example of every command, as the build has them. */
export function helpExamples(): Example[] {
  const text = readFileSync(join(projectRoot, '.oclif.manifest.json'), 'utf8');
  return Object.entries((JSON.parse(text) as Manifest).commands)
    .filter(([, { hidden }]) => !hidden)
    .flatMap(([id, { examples = [] }]) =>
      examples.map((example) => {
        const line = typeof example === 'string' ? example : example.command;
        return {
          of: id.replaceAll(':', ' '),
          line: line.replaceAll('<%= config.bin %>', 'visor-cli').trim(),
        };
      }),
    );
}

/** Every command line with visor-cli in a page's code blocks, without the comment after it. */
export function pageExamples(page: string): Example[] {
  const lines = readFileSync(join(projectRoot, page), 'utf8').split('\n');
  return lines
    .filter((line) => /^(\$ )?(npx )?visor-cli /.test(line))
    .map((line) => ({ of: page, line: line.replace(/^(\$ )?(npx )?/, '').replace(/\s+# .*$/, '') }));
}

/** @returns the line with the versions that the data has */
export function filledIn(line: string, { versions }: Pick<CliData, 'versions'>): string {
  const both = placeholders.every((placeholder) => line.includes(placeholder));
  // Of one alone the newer is meant: it has every rule that an example names.
  const values = both ? versions : [versions[1], versions[1]];
  return placeholders.reduce((text, placeholder, at) => text.replaceAll(placeholder, values[at] ?? ''), line);
}

const follows = /(^| )(-f|--follow|--watch)( |$)/;

/** Whether it goes on until it is stopped. */
export const isEndless = (line: string): boolean => follows.test(line);

/** @returns an output with what is another at each run, times above all, in one form; widths stay as they are */
export function steady(output: string, { hub, start_us }: Pick<CliData, 'hub' | 'start_us'>): string {
  const millisecond = /\b(?:in|took) \d+(\.\d+)? (?=ms|s\b)/g;
  return (
    output
      .replaceAll(hub.url.replace('http://', ''), 'HUB')
      .replace(/\d{4}-\d\d-\d\d(?=[T ]\d\d:)/g, 'DATE')
      .replace(/"(since|until)": "[^"]*"/g, '"$1": "TIME"')
      .replace(/"(rows_read|elapsed_ms)": \d+/g, '"$1": N')
      .replace(/(?<=DATE[T ])\d\d:\d\d(?=:\d\d)/g, 'HH:MM')
      // Seconds and µs are those of the data; hours and minutes are of the run.
      .replace(
        /\b\d\d:\d\d:(\d\d)(\.\d+)?/g,
        (_, second: string, fraction = '') => `HH:MM:${second}${fraction}`,
      )
      .replace(/\b\d\d:\d\d\b(?!:)/g, 'HH:MM')
      .replaceAll(String(start_us).slice(0, 8), 'START')
      .replace(millisecond, 'in N ')
      // Under groups: of which seconds, and how much was read for it, is of the run.
      .replace(/^(time +)between .*(?= \()/gm, '$1between TIMES')
      .replace(/^(cost +)\S+( \S+)? rows? of \w+/gm, '$1N rows of TABLE')
      // In charts and lines of series, where the data is in the time that is looked at.
      .replace(/(in steps of [^\n]*\n)(?:[^\n]*[│└][^\n]*\n)+[^\n]*\n/g, '$1CHART\n')
      .replace(/^DATE[^,\n]*,0\r?\n/gm, '')
      .replace(/\d+(\.\d+)?(?= ?ms\b)/g, 'N')
  );
}
