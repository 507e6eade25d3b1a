import { columns, type JsonRow, type JsonValue } from '#columns';

/** In the packet's first line, or not in the text: the delivery's own columns and the random id */
const left = new Set([
  'agent_id',
  'netns',
  'packet_id',
  'batch_id',
  'hop',
  'fate',
  'trid',
  'ts',
  'decisive',
  'sampling',
]);
/** In the line of the hop */
const perHop = new Set([
  'type',
  'table',
  'chain',
  'handle',
  'rule',
  'comment',
  'verdict',
  'jt',
  'family',
  'table_version',
]);

/** Packets told hop by hop; of more a line each is enough */
const MOST_WHOLE = 60;

/**
 * Rows as text that people can compare: a paragraph a packet, numbered in the order of appearance; a line a hop, `*` at
 * the decisive one; what a hop shares with the one before it is not said again. After some packets only their
 * decisive hops are told.
 */
export function rowsText(rows: readonly JsonRow[]): string {
  const numbers = new Map<JsonValue, number>();
  let text = '';
  let before: Partial<JsonRow> = {};
  for (const row of rows) {
    if (!numbers.has(row.packet_id)) numbers.set(row.packet_id, numbers.size + 1);
    const number = numbers.get(row.packet_id) ?? 0;
    if (number > MOST_WHOLE) {
      if (row.decisive)
        text += `packet ${number} ${row.fate}: ${own(row)} (${said(row, {}, (name) => brief.has(name))})\n`;
      continue;
    }
    if (row.packet_id !== before.packet_id) {
      text += `\npacket ${number} ${row.fate}, trace id ${row.trid}, ${row.ts}\n`;
      before = {};
    }
    const shared = said(row, before, (name) => !perHop.has(name));
    if (shared) text += `      ${shared}\n`;
    text += `  ${row.decisive ? '*' : ' '} ${row.hop} ${own(row)}\n`;
    before = row;
  }
  return text;
}

/** What tells a packet from the others */
const brief = new Set(['ip_src', 'sport', 'dport', 'ip_ident', 'proto']);

function own(row: JsonRow): string {
  const { type, family, table, chain, handle, verdict, jt, rule, comment, table_version } = row;
  const words = [type, family, table, chain, handle === '0' ? '' : `handle ${handle}`, verdict, jt];
  const texts = [
    rule === '' ? '' : JSON.stringify(rule),
    comment === '' ? '' : `# ${comment}`,
    `@${table_version}`,
  ];
  return [...words, ...texts].filter((word) => word !== '').join(' ');
}

function said(row: JsonRow, before: Partial<JsonRow>, which: (name: string) => boolean): string {
  return columns
    .filter(({ name }) => !left.has(name) && which(name))
    .filter(({ name }) => row[name] !== before[name] && !(before[name] === undefined && isEmpty(row[name])))
    .map(({ name }) => `${name}=${JSON.stringify(row[name])}`)
    .join(' ');
}

const isEmpty = (value: JsonValue): boolean =>
  value === '' || value === 0 || value === '0' || value === false;
