import { readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { SpoolError } from './error.js';
import { type BatchFacts } from './record.js';
import { type Damage, scanSegment } from './scan.js';
import { Segment, segmentNumber } from './segment.js';
import { readSettled } from './settled.js';

/** Where a batch lies. */
export interface Place {
  readonly segment: Segment;
  readonly offset: number;
  readonly size: number;
}

/** What an earlier run left. */
export interface Loaded {
  /** Oldest first */
  readonly segments: Segment[];
  readonly places: Map<bigint, Place>;
  /** In the order they were appended. */
  readonly batches: BatchFacts[];
  readonly damages: Damage[];
}

const orNothing = (): Buffer => Buffer.alloc(0);

/** Reads all segments of a directory; what is damaged is told once, in this load or an earlier one. */
export async function loadSegments(directory: string): Promise<Loaded> {
  const facts = new Map<bigint, BatchFacts>();
  const loaded = { segments: [] as Segment[], places: new Map<bigint, Place>(), damages: [] as Damage[] };
  const names = new Map<string, string>();
  const numbers = (await readdir(directory)).map(segmentNumber).filter((number) => number !== undefined);
  for (const number of numbers.sort((a, b) => a - b)) {
    const segment = new Segment(directory, number);
    loaded.segments.push(segment);
    const notes = await readFile(segment.settledPath).catch(orNothing);
    segment.settledSize = notes.length;
    const settled = readSettled(notes);
    const buffer = await readFile(segment.path);
    const { batches, replaced, damages } = scanSegment(buffer);
    segment.size = buffer.length;
    for (const { offset, ...batch } of batches) {
      if (settled.batches.has(batch.batchId) || facts.has(batch.batchId)) continue;
      segment.live++;
      const netns = names.get(batch.netns) ?? batch.netns;
      names.set(netns, netns);
      facts.set(batch.batchId, { ...batch, netns });
      loaded.places.set(batch.batchId, { segment, offset, size: batch.size });
    }
    for (const id of replaced) forget(id, segment, loaded.places, facts);
    await tellOnce(segment, settled.damages, damages, settled.batches, loaded.damages);
  }
  const damages = loaded.damages.filter(({ batchId }) => batchId === undefined || !facts.has(batchId));
  return { ...loaded, damages, batches: [...facts.values()] };
}

function forget(id: bigint, by: Segment, places: Map<bigint, Place>, facts: Map<bigint, BatchFacts>): void {
  const place = places.get(id);
  if (!place) return;
  places.delete(id);
  facts.delete(id);
  place.segment.live--;
  if (place.segment !== by) by.outlives.add(place.segment);
}

async function tellOnce(
  segment: Segment,
  told: ReadonlySet<number>,
  damages: readonly Damage[],
  settled: ReadonlySet<bigint>,
  into: Damage[],
): Promise<void> {
  const fresh = damages.filter(({ offset }) => !told.has(offset));
  into.push(...fresh.filter(({ batchId }) => batchId === undefined || !settled.has(batchId)));
  // where it cannot be written down it is told again at the next start
  await segment.settle(fresh.map(({ offset }) => offset)).catch(() => undefined);
}

/**
 * Sees to it that the directory holds batches of one agent only: their rows bear its name, and the hub takes them from
 * nobody else.
 * @throws SpoolError (`foreign`) where it holds another one's
 */
export async function checkOwner(
  directory: string,
  owner: string,
  { batches, segments }: Loaded,
): Promise<void> {
  const file = join(directory, 'agent');
  const before = (await readFile(file, 'utf8').catch(() => '')).trim();
  if (before === owner) return;
  if (before !== '' && batches.length > 0) {
    const what = `the spool ${directory} holds ${batches.length} batches of agent ${JSON.stringify(before)}`;
    const how = `run it as that agent (telemetry.useragent) until they are stored, or set another spool.dir`;
    throw new SpoolError('open', 'foreign', `${what}; ${how}`);
  }
  if (batches.length === 0) {
    for (const segment of segments.splice(0)) await segment.delete();
  }
  // on a full disk it stays without a name until the next start
  await writeFile(file, `${owner}\n`, { mode: 0o600 }).catch(() =>
    rm(file, { force: true }).catch(() => undefined),
  );
}
