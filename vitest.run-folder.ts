import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestProject } from 'vitest/node';

declare module 'vitest' {
  interface ProvidedContext {
    /** A directory of this run alone, for what several files of tests use. */
    readonly runFolder: string;
  }
}

/** Runs once, before all files. @returns what runs after the last */
export function setup(project: TestProject): () => void {
  const folder = mkdtempSync(join(tmpdir(), 'visor-unit-'));
  project.provide('runFolder', folder);
  return () => rmSync(folder, { recursive: true, force: true });
}
