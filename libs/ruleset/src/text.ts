import { createHash } from 'node:crypto';

/** One table of `nft -a list ruleset`: its text and the text of its rules by handle. */
export interface TableText {
  family: string;
  name: string;
  text: string;
  version: string;
  rules: Map<number, string>;
}

const TABLE = /^table (\S+) (\S+) \{/;
const HANDLE = / # handle (\d+)$/;

/** @param listing what `nft -a -s -t list ruleset` prints */
export function parseListing(listing: string): TableText[] {
  const tables: TableText[] = [];
  let lines: string[] = [];
  let current: { family: string; name: string } | undefined;
  for (const line of logicalLines(listing)) {
    const head = TABLE.exec(line);
    if (head) {
      current = { family: head[1] ?? '', name: head[2] ?? '' };
      lines = [];
    }
    lines.push(line);
    if (line === '}' && current) {
      tables.push(tableText(current.family, current.name, lines));
      current = undefined;
    }
  }
  return tables;
}

/** A quoted comment may hold line breaks, braces and `# handle 9`: a line ends where no quote is open. */
function logicalLines(listing: string): string[] {
  const lines: string[] = [];
  let open = '';
  for (const line of listing.split('\n')) {
    const joined = open ? `${open}\n${line}` : line;
    const quotes = joined.split('"').length - 1;
    if (quotes % 2 === 1) {
      open = joined;
    } else {
      lines.push(joined);
      open = '';
    }
  }
  if (open) lines.push(open);
  return lines;
}

function tableText(family: string, name: string, lines: string[]): TableText {
  const rules = new Map<number, string>();
  let block = '';
  let inline = '';
  for (const line of lines) {
    if (line.startsWith('\t') && !line.startsWith('\t\t')) block = line.trim();
    // a rule with a chain of its own (`jump {` … `} # handle 8`) is one rule over several lines
    if (line.startsWith('\t\t') && block.startsWith('chain ')) {
      if (inline === '' && /\s(jump|goto) \{$/.test(line)) {
        inline = line;
        continue;
      }
      if (inline !== '' && !line.startsWith('\t\t}')) {
        inline += ` ${line.trim()};`;
        continue;
      }
    }
    const whole = inline === '' ? line : `${inline} ${line.trim()}`;
    inline = '';
    const handle = HANDLE.exec(whole);
    if (handle && line.startsWith('\t\t') && block.startsWith('chain ')) {
      const text = whole.slice(2, handle.index).replaceAll('\n', ' ');
      rules.set(Number(handle[1]), text);
    }
  }
  const text = `${lines.join('\n')}\n`;
  const version = createHash('sha256').update(text).digest('hex').slice(0, 16);
  return { family, name, text, version, rules };
}
