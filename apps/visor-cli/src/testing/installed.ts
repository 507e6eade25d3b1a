import { execFileSync } from 'node:child_process';
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';
import { inject } from 'vitest';

const root = fileURLToPath(new URL('../../../../', import.meta.url));
const parts = ['apps/visor-cli', 'libs/columns', 'libs/filter', 'libs/api-client'];
const compilerOptions: ts.CompilerOptions = {
  target: ts.ScriptTarget.ES2023,
  module: ts.ModuleKind.ESNext,
  verbatimModuleSyntax: true,
};

interface Source {
  readonly path: string;
  /** Where its JavaScript is, below dist. */
  readonly target: string;
}

function sources(): Source[] {
  return parts.flatMap((part) =>
    readdirSync(join(root, part, 'src'), { recursive: true, encoding: 'utf8' })
      .filter((file) => file.endsWith('.ts') && !file.endsWith('.test.ts') && !file.startsWith('testing'))
      .map((file) => ({
        path: join(root, part, 'src', file),
        target: join(part, 'src', file.replace(/\.ts$/, '.js')),
      })),
  );
}

/** The program as it is after a build, in a folder of its own: the package.json and bin of this tree, fresh modules. */
export class Installed {
  private constructor(readonly folder: string) {}

  /** Compiled for the first who asks in a run of the tests, and again where a source has changed since. */
  static once(): Installed {
    const files = sources();
    const newestMs = Math.max(...files.map(({ path }) => statSync(path).mtimeMs));
    const folder = join(inject('runFolder'), `visor-cli-${newestMs}`);
    if (!existsSync(folder)) Installed.#make(files, folder);
    return new Installed(folder);
  }

  static #make(files: readonly Source[], folder: string): void {
    // Another worker may be at it: whoever is done first has made it.
    const making = mkdtempSync(join(inject('runFolder'), 'making-'));
    cpSync(join(root, 'package.json'), join(making, 'package.json'));
    cpSync(join(root, 'apps/visor-cli/bin'), join(making, 'apps/visor-cli/bin'), { recursive: true });
    symlinkSync(join(root, 'node_modules'), join(making, 'node_modules'));
    for (const { path, target } of files) {
      const { outputText } = ts.transpileModule(readFileSync(path, 'utf8'), { compilerOptions });
      mkdirSync(dirname(join(making, 'dist', target)), { recursive: true });
      writeFileSync(join(making, 'dist', target), outputText);
    }
    const script = 'scripts/cli-manifest.mjs';
    cpSync(join(root, script), join(making, script));
    execFileSync(process.execPath, [join(making, script)]);
    try {
      renameSync(making, folder);
    } catch (error) {
      if (!existsSync(folder)) throw error;
    }
  }

  get bin(): string {
    return join(this.folder, 'apps/visor-cli/bin/run.js');
  }

  /** @param path of a compiled module of visor-cli */
  module(path: string): string {
    return join(this.folder, 'dist/apps/visor-cli/src', path);
  }

  /** All commands, the words of each joined by `:`, as a build lists them. */
  get commands(): Readonly<Record<string, Record<string, unknown>>> {
    const text = readFileSync(join(this.folder, '.oclif.manifest.json'), 'utf8');
    return (JSON.parse(text) as { commands: Record<string, Record<string, unknown>> }).commands;
  }
}
