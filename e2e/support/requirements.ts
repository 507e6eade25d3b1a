import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';

/** @returns whether a program is on the PATH */
export function installed(program: string): boolean {
  return (process.env['PATH'] ?? '')
    .split(delimiter)
    .some((directory) => existsSync(join(directory, program)));
}

/** @returns why tests with namespaces and rulesets cannot run here; undefined = they can */
export function missingForRoot(): string | undefined {
  if (process.getuid?.() !== 0) return 'not root';
  const missing = ['ip', 'nft', 'nats-server', 'setpriv'].filter((program) => !installed(program));
  return missing.length > 0 ? `not installed: ${missing.join(', ')}` : undefined;
}
