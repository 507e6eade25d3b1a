import { execFileSync } from 'node:child_process';
import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';

const root = fileURLToPath(new URL('../../../../', import.meta.url));
const parts = ['apps/visor-cli', 'libs/columns', 'libs/filter', 'libs/api-client'];
const compilerOptions: ts.CompilerOptions = {
  target: ts.ScriptTarget.ES2023,
  module: ts.ModuleKind.ESNext,
  verbatimModuleSyntax: true,
};

/** The program as it is after a build, in a folder of its own: the package.json and bin of this tree, fresh modules. */
export class Installed {
  private constructor(readonly folder: string) {}

  static create(): Installed {
    const folder = mkdtempSync(join(tmpdir(), 'visor-cli-'));
    cpSync(join(root, 'package.json'), join(folder, 'package.json'));
    cpSync(join(root, 'apps/visor-cli/bin'), join(folder, 'apps/visor-cli/bin'), { recursive: true });
    symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'));
    for (const part of parts) {
      const files = readdirSync(join(root, part, 'src'), { recursive: true, encoding: 'utf8' });
      for (const file of files) {
        if (!file.endsWith('.ts') || file.endsWith('.test.ts') || file.startsWith('testing')) continue;
        const source = readFileSync(join(root, part, 'src', file), 'utf8');
        const target = join(folder, 'dist', part, 'src', file.replace(/\.ts$/, '.js'));
        mkdirSync(dirname(target), { recursive: true });
        writeFileSync(target, ts.transpileModule(source, { compilerOptions }).outputText);
      }
    }
    const installed = new Installed(folder);
    installed.#writeManifest();
    return installed;
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

  #writeManifest(): void {
    const script = 'scripts/cli-manifest.mjs';
    cpSync(join(root, script), join(this.folder, script));
    execFileSync(process.execPath, [join(this.folder, script)]);
  }

  remove(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }
}
