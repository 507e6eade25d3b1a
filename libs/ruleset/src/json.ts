import { RulesetError } from './errors.js';
import { type ChainSnapshot } from './snapshot.js';

/** What `nft -j -a list ruleset` says, as far as we read it (libnftables-json(5)). */
export interface JsonRuleset {
  tables: { family: string; name: string }[];
  chains: (ChainSnapshot & { family: string; table: string })[];
  rules: {
    family: string;
    table: string;
    chain: string;
    handle: number;
    comment: string;
    rejects: boolean;
  }[];
}

interface RawObject {
  table?: { family: string; name: string };
  chain?: {
    family: string;
    table: string;
    name: string;
    type?: string;
    hook?: string;
    prio?: number;
    policy?: string;
    dev?: string | string[];
  };
  rule?: {
    family: string;
    table: string;
    chain: string;
    handle: number;
    comment?: string;
    expr?: (object | string)[];
  };
}

/** @throws RulesetError `malformed` when it is no JSON of nft */
export function parseJson(text: string): JsonRuleset {
  const out: JsonRuleset = { tables: [], chains: [], rules: [] };
  for (const object of objects(text)) {
    if (object.table) out.tables.push({ family: object.table.family, name: object.table.name });
    if (object.chain) out.chains.push(chain(object.chain));
    if (object.rule) {
      const { family, table, chain, handle, comment = '', expr = [] } = object.rule;
      const rejects = expr.some((statement) => typeof statement === 'object' && 'reject' in statement);
      out.rules.push({ family, table, chain, handle, comment, rejects });
    }
  }
  return out;
}

function objects(text: string): RawObject[] {
  try {
    return (JSON.parse(escapeControls(text)) as { nftables: RawObject[] }).nftables;
  } catch (cause) {
    throw new RulesetError('list', 'malformed', `nft printed no valid JSON: ${String(cause)}`, { cause });
  }
}

/** Older nft writes control characters of comments as they are, which JSON forbids. */
function escapeControls(text: string): string {
  let out = '';
  let from = 0;
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code >= 0x20 || code === 0x0a || code === 0x0d || code === 0x09) continue;
    out += text.slice(from, i) + `\\u${code.toString(16).padStart(4, '0')}`;
    from = i + 1;
  }
  return from === 0 ? text : out + text.slice(from);
}

function chain(raw: NonNullable<RawObject['chain']>): ChainSnapshot & { family: string; table: string } {
  const device = Array.isArray(raw.dev) ? raw.dev.join(',') : raw.dev;
  return {
    family: raw.family,
    table: raw.table,
    name: raw.name,
    ...(raw.type !== undefined && { type: raw.type }),
    ...(raw.hook !== undefined && { hook: raw.hook }),
    ...(raw.prio !== undefined && { priority: raw.prio }),
    ...(raw.policy !== undefined && { policy: raw.policy }),
    ...(device !== undefined && { device }),
  };
}
