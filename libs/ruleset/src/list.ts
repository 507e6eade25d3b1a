import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { RulesetError } from './errors.js';
import { parseJson, type JsonRuleset } from './json.js';
import { type RulesetSnapshot, type TableSnapshot } from './snapshot.js';
import { parseListing, type TableText } from './text.js';

const run = promisify(execFile);

/** `nft` prints a large ruleset in one go */
const MAX_OUTPUT_BYTES = 512 * 1024 * 1024;
/** The two listings are taken one after the other; a change between them shows, and they are taken again. */
const ATTEMPTS = 5;

/**
 * Lists the ruleset of a network namespace with nft.
 * @param netnsPath a namespace file; undefined = this process's own
 * @throws RulesetError when nft is missing or refuses
 */
export async function listRuleset(netnsPath?: string): Promise<RulesetSnapshot> {
  for (let attempt = 1; ; attempt++) {
    const texts = parseListing(await nft(['-a', '-s', '-t', 'list', 'ruleset'], netnsPath));
    const json = parseJson(await nft(['-j', '-a', '-t', 'list', 'ruleset'], netnsPath));
    const snapshot = combine(texts, json);
    if (snapshot) return snapshot;
    if (attempt === ATTEMPTS) {
      throw new RulesetError('list', 'failed', `the ruleset changed during each of ${ATTEMPTS} listings`);
    }
  }
}

/** @returns undefined when the two listings are not of one generation */
export function combine(texts: readonly TableText[], json: JsonRuleset): RulesetSnapshot | undefined {
  if (texts.length !== json.tables.length) return undefined;
  const tables = new Map<string, TableSnapshot>();
  const byKey = new Map(texts.map((t) => [`${t.family} ${t.name}`, t]));
  for (const { family, name } of json.tables) {
    const text = byKey.get(`${family} ${name}`);
    if (!text) return undefined;
    const { version } = text;
    tables.set(`${family} ${name}`, { family, name, text: text.text, version, chains: [], rules: [] });
  }
  for (const { family, table, ...chain } of json.chains) tables.get(`${family} ${table}`)?.chains.push(chain);
  for (const { family, table, ...rule } of json.rules) {
    const text = byKey.get(`${family} ${table}`)?.rules.get(rule.handle);
    if (text === undefined) return undefined;
    tables.get(`${family} ${table}`)?.rules.push({ ...rule, text });
  }
  return { tables: [...tables.values()] };
}

async function nft(args: string[], netnsPath?: string): Promise<string> {
  const [program, words] = netnsPath ? ['nsenter', [`--net=${netnsPath}`, 'nft', ...args]] : ['nft', args];
  const env = { ...process.env, PATH: `${process.env['PATH'] ?? ''}:/usr/sbin:/sbin` };
  try {
    const { stdout } = await run(program, words, { maxBuffer: MAX_OUTPUT_BYTES, env });
    return stdout;
  } catch (cause) {
    throw explain(program, cause as NodeJS.ErrnoException & { stderr?: string });
  }
}

function explain(program: string, cause: NodeJS.ErrnoException & { stderr?: string }): RulesetError {
  const said = (cause.stderr ?? '').trim().split('\n')[0] ?? '';
  const error = (code: RulesetError['code'], text: string): RulesetError => {
    return new RulesetError('list', code, text, { cause });
  };
  if (cause.code === 'ENOENT' || cause.code === 'EACCES' || /failed to execute nft/.test(said)) {
    const name = /failed to execute nft/.test(said) ? 'nft' : program;
    const trouble = cause.code === 'EACCES' ? 'cannot be run' : 'is not installed';
    return error('missing', `${name} ${trouble}: install it (Debian: apt-get install nftables util-linux)`);
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
