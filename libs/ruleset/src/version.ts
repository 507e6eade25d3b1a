import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** @returns what `nft --version` prints: `nftables v1.0.6 (Lester Gooch #5)`; '' where it cannot be run */
export async function nftVersion(): Promise<string> {
  const env = { ...process.env, PATH: `${process.env['PATH'] ?? ''}:/usr/sbin:/sbin` };
  try {
    return (await run('nft', ['--version'], { env })).stdout.trim();
  } catch {
    return '';
  }
}
