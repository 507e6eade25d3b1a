import { spawn } from 'node:child_process';
import { fstatSync, readSync } from 'node:fs';
import { openLibc } from '#netlink';
import { RulesetError } from './errors.js';

/** A ruleset larger than that is not read into memory. */
const MAX_OUTPUT_BYTES = 512 * 1024 * 1024;
/** nft that hangs must not keep the ruleset from being listed ever again. */
const TIMEOUT_MS = 120_000;
/** linux/memfd.h */
const MFD_CLOEXEC = 1;

/**
 * Runs nft in the calling thread's network namespace.
 * @returns its output: names and comments may be any bytes, so each is one character (latin1)
 * @throws RulesetError when nft is missing or refuses
 */
export async function nft(args: readonly string[]): Promise<string> {
  // nft writes each line by itself: through a pipe 50,000 rules would wake us up 50,000 times
  const libc = openLibc();
  const output = libc.memfd_create('nft', MFD_CLOEXEC);
  try {
    await run(args, output);
    return content(output);
  } finally {
    // not closeSync: Node.js warns on standard error of a file that it did not open itself
    if (output >= 0) libc.close(output);
  }
}

function run(args: readonly string[], output: number): Promise<void> {
  const env = { ...process.env, PATH: `${process.env['PATH'] ?? ''}:/usr/sbin:/sbin` };
  return new Promise((resolve, reject) => {
    const child = spawn('nft', args, { env, stdio: ['ignore', output, 'pipe'], timeout: TIMEOUT_MS });
    let said = '';
    child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      if (said.length < 4096) said += text;
    });
    child.on('error', (cause) => reject(explain(cause, said)));
    child.on('close', (code, signal) => {
      if (code === 0) resolve();
      else reject(explain(new Error(`it ended with ${signal ?? `code ${code}`}`), said));
    });
  });
}

function content(file: number): string {
  const { size } = fstatSync(file);
  if (size > MAX_OUTPUT_BYTES) {
    throw new RulesetError(
      'list',
      'failed',
      `the ruleset's text is ${size} bytes long, which is more than 512 MiB`,
    );
  }
  const bytes = Buffer.allocUnsafe(size);
  let at = 0;
  for (let read = -1; at < size && read !== 0; at += read) read = readSync(file, bytes, at, size - at, at);
  return bytes.toString('latin1', 0, at);
}

function explain(cause: NodeJS.ErrnoException, stderr: string): RulesetError {
  const said = stderr.trim().split('\n')[0] ?? '';
  const error = (code: RulesetError['code'], text: string): RulesetError => {
    return new RulesetError('list', code, text, { cause });
  };
  if (cause.code === 'ENOENT' || cause.code === 'EACCES') {
    const trouble = cause.code === 'EACCES' ? 'cannot be run' : 'is not installed';
    return error('missing', `nft ${trouble}: install it (Debian: apt-get install nftables)`);
  }
  if (/not supported|cache initialization failed/i.test(said)) {
    const text = 'this kernel has no nf_tables with nftrace (CONFIG_NF_TABLES, Linux 4.6 or later)';
    return error('failed', `nft cannot list the ruleset: ${text}; nft says: ${said}`);
  }
  if (/not permitted/i.test(said)) {
    return error('failed', 'nft may not list the ruleset: it needs CAP_NET_ADMIN; run the agent as root');
  }
  return error('failed', `nft cannot list the ruleset: ${said || cause.message}`);
}
