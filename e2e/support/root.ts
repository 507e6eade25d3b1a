import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** The repository, also for what was built into its `dist`: the nearest directory above that has a package.json. */
export const projectRoot = find(import.meta.dirname);

function find(directory: string): string {
  if (existsSync(join(directory, 'package.json'))) return directory;
  const above = dirname(directory);
  if (above === directory) throw new Error(`no package.json above ${import.meta.dirname}`);
  return find(above);
}
