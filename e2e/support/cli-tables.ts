import { createHash } from 'node:crypto';
import { type RulesetContent, type RulesetRule } from '#bus';

/** A version of a table as an agent tells of it. */
export interface CliTable {
  readonly family: string;
  readonly table: string;
  /** As the rows bear it. */
  readonly version: string;
  readonly content: RulesetContent;
}

const chains = /^\tchain (\S+) \{/;
const base = /^\t\ttype (\S+) hook (\S+) priority (\S+); policy (\w+);/;
const rule = /^\t\t(.*) # handle (\d+)$/;
const priorities: Readonly<Record<string, number>> = { filter: 0, dstnat: -100, srcnat: 100 };

/** @param text as `nft -a -s list table` prints it */
function table(text: string): CliTable {
  const [, family = '', name = ''] = /^table (\S+) (\S+) /.exec(text) ?? [];
  const found: { name: string; type?: string; hook?: string; priority?: number; policy?: string }[] = [];
  const rules: RulesetRule[] = [];
  for (const [at, line] of text.split('\n').entries()) {
    const chain = chains.exec(line)?.[1];
    if (chain !== undefined) found.push({ name: chain });
    const last = found.at(-1);
    const [, type, hook = '', priority = '', policy] = base.exec(line) ?? [];
    if (last && type !== undefined && policy !== undefined)
      Object.assign(last, { type, hook, priority: priorities[priority] ?? 0, policy });
    const [, words = '', handle] = rule.exec(line) ?? [];
    if (!last || handle === undefined) continue;
    const comment = /comment "([^"]*)"/.exec(words)?.[1];
    const entry = { chain: last.name, handle: Number(handle), line: at + 1 };
    rules.push({ ...entry, ...(comment !== undefined && { comment }) });
  }
  const version = createHash('sha256').update(text).digest('hex').slice(0, 16);
  return { family, table: name, version, content: { text, chains: found, rules, sets: [] } };
}

const web = (more: string): string => `table inet filter { # handle 3
	chain input { # handle 1
		type filter hook input priority filter; policy drop;
		ct state established,related accept comment "replies" # handle 4
		tcp dport { 80, 443 } jump web # handle 6
		ip saddr 10.0.0.0/24 tcp dport 22 accept comment "admins" # handle 7
		udp dport 53 reject comment "no DNS here" # handle 8
${more}	}

	chain web { # handle 2
		ip saddr 198.51.100.0/24 drop comment "blocked network" # handle 10
		accept comment "web" # handle 11
	}
}
`;

/** The tables of web1, db1 and gw1. That of web1 got its rule for port 8443 twenty minutes before the packets. */
export const cliTables = {
  webBefore: table(web('')),
  web: table(web('\t\ttcp dport 8443 drop comment "old port" # handle 12\n')),
  db: table(`table inet filter { # handle 2
	chain input { # handle 1
		type filter hook input priority filter; policy accept;
		ip saddr 10.0.1.10 tcp dport 5432 accept comment "web1" # handle 3
		tcp dport 5432 drop comment "only web1" # handle 4
	}
}
`),
  gateway: table(`table inet filter { # handle 5
	chain forward { # handle 1
		type filter hook forward priority filter; policy accept;
		ip saddr 203.0.113.0/24 goto outside # handle 3
	}

	chain outside { # handle 2
		tcp dport 443 accept # handle 4
		drop comment "from outside: https alone" # handle 5
	}
}
`),
  nat: table(`table ip nat { # handle 6
	chain postrouting { # handle 1
		type nat hook postrouting priority srcnat; policy accept;
		oifname "eth0" masquerade # handle 2
	}
}
`),
};

/** @returns the text of a rule, as a row has it */
export function ruleOf({ content }: CliTable, handle: bigint): { rule: string; comment: string } {
  const found = content.rules.find((each) => each.handle === Number(handle));
  const line = content.text.split('\n')[(found?.line ?? 0) - 1] ?? '';
  const [, words] = rule.exec(line) ?? [];
  if (!found || words === undefined) throw new Error(`there is no rule with handle ${handle}`);
  return { rule: words.replace(/ comment "[^"]*"$/, ''), comment: found.comment ?? '' };
}
