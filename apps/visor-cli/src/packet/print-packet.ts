import { ApiError, type Packet, type Query, type RulesetVersion } from '#api-client';
import { formatTimestamp } from '#columns';
import { parseInstant } from '#filter';
import { formatterOf, type NameFlagValues } from '../format/flags.js';
import { createNames, type Names } from '../format/names.js';
import { parseRow, printable, type TextRow } from '../format/printable.js';
import { collect, type Session } from '../session.js';
import { LossLines } from '../watch/loss-lines.js';
import { findPacket } from './find.js';
import { markedChains, type VersionHops, versionsOf } from './ruleset.js';
import { story } from './story.js';

export const packetFormats = ['text', 'compact', 'wide', 'table', 'json', 'jsonl', 'csv'] as const;
export type PacketFormat = (typeof packetFormats)[number];

export interface PacketRequest {
  /** Its id, or the first digits of it. */
  readonly id: string;
  /** `since`, `until` */
  readonly query: Query;
  readonly format: PacketFormat;
  /** Whether the chains that it met are shown, too. */
  readonly ruleset: boolean;
  /** What of the hops is printed, where it is no story. */
  readonly show: NameFlagValues & { readonly columns?: string | undefined };
}

/** So many notes of losses are told at most; there is one a second and cause. */
const MAX_LOSSES = '100';

/** @returns lines about what the packet's agent lost while the packet was on its way */
export async function lossesOf(
  rows: readonly TextRow[],
  { client, clock, signal }: Pick<Session, 'client' | 'clock' | 'signal'>,
): Promise<string[]> {
  const [first] = rows;
  const last = rows.at(-1);
  if (!first || !last) return [];
  const query: Query = {
    // An excluding ! at its beginning would be one of the filter.
    'agent-id': first.agent_id.replace(/[\\,]|^!/g, '\\$&'),
    netns: first.netns.replace(/[\\,]|^!/g, '\\$&'),
    since: first.ts,
    until: formatTimestamp(parseInstant(last.ts) + 1),
    last: MAX_LOSSES,
  };
  const lines = new LossLines(clock());
  const losses = await collect(client.losses(query, signal));
  return losses.map((loss) => lines.line(loss)).filter((line) => line !== undefined);
}

async function chainsText(hops: VersionHops, session: Session): Promise<string> {
  const { client, paint, signal } = session;
  const [row] = hops.rows;
  const name = printable(`${hops.family} ${hops.table}`);
  const unknown = (why: string): string => `\n${paint.dim(`${name}: ${why}`)}\n`;
  if (!row || hops.version === '') return unknown('the version of this table was not known');
  try {
    const text = await client.ruleset(hops.version, {}, signal);
    const version = JSON.parse(text) as RulesetVersion;
    return `\n${name}, version ${printable(hops.version)}\n${markedChains(hops, version, paint)}`;
  } catch (error) {
    if (!(error instanceof ApiError) || error.code !== 'not_found') throw error;
    return unknown(`the text of version ${printable(hops.version)} has not come, or is not kept any more`);
  }
}

/** How long names of addresses are waited for. */
const PATIENCE_MS = 1000;

/** @returns names beside numbers, those of addresses where they are asked for */
async function namesFor(
  rows: readonly TextRow[],
  { numeric, resolve }: NameFlagValues,
  { signal }: Session,
): Promise<Names> {
  if (!resolve) return createNames({ numeric });
  // Few want it, and all would wait for it to be loaded.
  const { HostNames } = await import('../format/host-names.js');
  const hosts = new HostNames();
  signal.addEventListener('abort', () => hosts.close());
  await hosts.settle(new Set(rows.flatMap(({ ip_src, ip_dst }) => [ip_src, ip_dst])), PATIENCE_MS);
  hosts.close();
  return createNames({ numeric, hosts });
}

async function printStory(packet: Packet, request: PacketRequest, session: Session): Promise<void> {
  const { output, paint, width, clock } = session;
  const rows = packet.path.map((row) => parseRow(JSON.stringify(row)));
  const decided = rows.find(({ decisive }) => decisive === 'true');
  const losses = await lossesOf(rows, session);
  const names = await namesFor(rows, request.show, session);
  await output.write(story(rows, decided, { clock: clock(), paint, width, losses, names }));
  if (!request.ruleset) return;
  for (const hops of versionsOf(rows)) await output.write(await chainsText(hops, session));
}

/** Prints a packet's story, or its hops. @throws ApiError, CliError */
export async function printPacket(request: PacketRequest, session: Session): Promise<void> {
  const { format, id, query } = request;
  const packet = await findPacket(id, query, session);
  if (format === 'text') return printStory(packet, request, session);
  if (format === 'json') return session.output.write(`${JSON.stringify(packet, null, 2)}\n`);
  const { output } = session;
  const formatter = await formatterOf({ ...request.show, output: format }, session, {
    hops: true,
    live: false,
  });
  await output.write(await formatter.rows(packet.path.map((row) => JSON.stringify(row))));
  await output.write(await formatter.end());
}
