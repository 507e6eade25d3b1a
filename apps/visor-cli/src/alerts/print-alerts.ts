import { type AlertStory, type Query } from '#api-client';
import { type Clock } from '../format/clock.js';
import { JsonFormatter, JsonLinesFormatter } from '../format/json.js';
import { printable } from '../format/printable.js';
import { collect, type Session } from '../session.js';
import { alertTable } from './alert-table.js';
import { groupText, lengthText, parseAlert } from './parse-alert.js';

export const alertFormats = ['table', 'json', 'jsonl'] as const;
export type AlertFormat = (typeof alertFormats)[number];

/** Prints alerts. @param how `all`: however many there are @returns how many there are */
export async function printAlerts(
  query: Query,
  { format, all }: { readonly format: AlertFormat; readonly all: boolean },
  session: Session,
): Promise<number> {
  const { client, output, notice, signal, paint, width } = session;
  const rows = await collect(all ? client.allAlerts(query, signal) : client.alerts(query, signal));
  if (signal.aborted) return 0;
  if (format === 'table') {
    if (rows.length === 0) notice('no alert matches');
    const options = { clock: session.clock(), paint, width, now: session.now(), ids: true };
    if (rows.length > 0) await output.write(alertTable(rows.map(parseAlert), options));
  } else {
    const formatter = format === 'json' ? new JsonFormatter() : new JsonLinesFormatter();
    await output.write(formatter.rows(rows) + formatter.end());
  }
  return rows.length;
}

const lineOf = (name: string, value: string): string => `${`${name}:`.padEnd(13)}${value}\n`;

/** @returns all that is known of an alert, for a person */
export function alertText(alert: AlertStory, clock: Clock, now: number): string {
  const { group, labels, filter, packet_id, history } = alert;
  // What is measured when it is resolved says nothing of why it fired.
  const { value, threshold } = history.find(({ state }) => state === 'firing') ?? alert;
  const lines: (readonly [string, string])[] = [
    ['rule', alert.rule],
    ['severity', alert.severity],
    ['state', `${alert.state}, ${alert.state === 'firing' ? 'for' : 'lasted'} ${lengthText(alert, now)}`],
    ['message', alert.message],
    ['description', alert.description],
    ['group', groupText({ group })],
    ['labels', groupText({ group: labels })],
    ['value', value === null ? '' : `${value}${threshold === null ? '' : ` (threshold ${threshold})`}`],
    ['filter', filter],
    ['packet', packet_id === null ? '' : `${packet_id} (visor-cli packet ${packet_id})`],
    ['hub', alert.hub],
    ['id', alert.id],
  ];
  const known = lines.filter(([, text]) => text !== '').map(([name, text]) => lineOf(name, printable(text)));
  const states = history.map(({ state, at, silenced }) =>
    lineOf(printable(state), `${clock.show(at)}${silenced ? ' (silenced)' : ''}`),
  );
  return [...known, ...states].join('');
}
