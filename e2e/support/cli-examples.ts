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

/** Whether it has the terminal for itself: e2e/ui.e2e.ts runs it in one. */
export const isOfTerminal = ({ of }: Example): boolean => of === 'ui';

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

/** Every command line with visor-cli in a page's blocks of shell, without the comment after it. */
export function pageExamples(page: string): Example[] {
  const text = readFileSync(join(projectRoot, page), 'utf8');
  const blocks = [...text.matchAll(/^```sh\n([^]*?)^```$/gm)].map(([, block = '']) => block);
  return blocks
    .flatMap((block) => block.split('\n'))
    .filter((line) => /\bvisor-cli\b/.test(line) && !line.startsWith('#'))
    .map((line) => ({
      of: page,
      line: line.replaceAll('npx visor-cli', 'visor-cli').replace(/\s+# .*$/, ''),
    }));
}

/** The examples of the first help that there is: of `visor-cli --help`, as it is kept. */
export function rootExamples(): Example[] {
  const text = readFileSync(join(projectRoot, 'apps/visor-cli/src/golden/help-root.txt'), 'utf8');
  const [, examples = ''] = /^EXAMPLES\n((?: .*\n)*)/m.exec(text) ?? [];
  return [...examples.matchAll(/^ +\$ (.*?) {2,}/gm)].map(([, line = '']) => ({ of: 'root', line }));
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
