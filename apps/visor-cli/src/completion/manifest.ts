import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

export interface ManifestFlag {
  readonly name: string;
  readonly type: 'boolean' | 'option';
  readonly char?: string;
  readonly summary?: string;
  readonly options?: readonly string[];
  readonly hidden?: boolean;
  readonly aliases?: readonly string[];
  readonly allowNo?: boolean;
}

export interface ManifestCommand {
  readonly summary?: string;
  readonly hidden?: boolean;
  readonly flags: Readonly<Record<string, ManifestFlag>>;
  readonly args: Readonly<Record<string, { readonly name: string; readonly options?: readonly string[] }>>;
}

/** What the commands are, by their words joined by `:`. */
export type Manifest = Readonly<Record<string, ManifestCommand>>;

/** @param start a module's URL @returns the commands as the build wrote them; none where it did not */
export function readManifest(start: string): Manifest {
  for (let folder = dirname(fileURLToPath(start)); ; folder = dirname(folder)) {
    try {
      const text = readFileSync(join(folder, '.oclif.manifest.json'), 'utf8');
      return (JSON.parse(text) as { commands: Manifest }).commands;
    } catch {
      if (folder === dirname(folder)) return {};
    }
  }
}
