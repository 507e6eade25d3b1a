import { execFileSync } from 'node:child_process';
import {
  cpSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  statSync,
  symlinkSync,
} from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { inject } from 'vitest';

const root = fileURLToPath(new URL('../../../../', import.meta.url));
/** What the program is made of and by. */
const parts = ['bin', 'apps/visor-cli', 'libs/columns', 'libs/filter', 'libs/api-client', 'scripts'];

function newestMs(): number {
  const files = parts.flatMap((part) =>
    readdirSync(join(root, part), { recursive: true, encoding: 'utf8' })
      .filter((file) => !file.endsWith('.test.ts'))
      .map((file) => join(root, part, file)),
  );
  return Math.max(...files.map((path) => statSync(path).mtimeMs));
}

/** The program as a build makes it of this tree, in a folder of its own. */
export class Installed {
  private constructor(readonly folder: string) {}

  /** Made for the first who asks in a run of the tests, and again where a source has changed since. */
  static once(): Installed {
    const folder = join(inject('runFolder'), `visor-cli-${newestMs()}`);
    if (!existsSync(folder)) Installed.#make(folder);
    return new Installed(folder);
  }

  static #make(folder: string): void {
    // Another worker may be at it: whoever is done first has made it.
    const making = mkdtempSync(join(inject('runFolder'), 'making-'));
    cpSync(join(root, 'package.json'), join(making, 'package.json'));
    for (const bin of ['bin', 'apps/visor-cli/bin'])
      cpSync(join(root, bin), join(making, bin), { recursive: true });
    symlinkSync(join(root, 'node_modules'), join(making, 'node_modules'));
    execFileSync(process.execPath, [join(root, 'scripts/build-cli.mjs'), making]);
    try {
      renameSync(making, folder);
    } catch (error) {
      if (!existsSync(folder)) throw error;
    }
  }

  get bin(): string {
    return join(this.folder, 'apps/visor-cli/bin/run.cjs');
  }

  /** All commands, the words of each joined by `:`, as a build lists them. */
  get commands(): Readonly<Record<string, Record<string, unknown>>> {
    const text = readFileSync(join(this.folder, '.oclif.manifest.json'), 'utf8');
    return (JSON.parse(text) as { commands: Record<string, Record<string, unknown>> }).commands;
  }
}
