import { ApiError, type RowForm } from '#api-client';
import { lossesOf } from './losses-of.js';
import { type WatchParts } from './parts.js';
import { type WatchRequest } from './request.js';
import { RowMeter, type Shown } from './row-meter.js';

/** @returns what was shown, counted as the chunks are written */
async function passText(
  form: Exclude<RowForm, 'arrow'>,
  chunks: AsyncIterable<Uint8Array>,
  { output, tally }: WatchParts,
): Promise<Shown> {
  const meter = new RowMeter(form);
  const write = async (whole: readonly Uint8Array[]): Promise<void> => {
    for (const part of whole) await output.write(part);
    tally.rows = meter.count;
  };
  for await (const chunk of chunks) await write(meter.take(chunk));
  await write(meter.rest());
  return meter;
}

/** Arrow tells its rows by its batches: they are looked at as they pass. */
async function passArrow(chunks: AsyncIterable<Uint8Array>, parts: WatchParts): Promise<Shown> {
  const { ArrowTimes } = await import('./arrow-times.js');
  const times = new ArrowTimes();
  try {
    for await (const count of times.read(chunks, (chunk) => parts.output.write(chunk)))
      parts.tally.rows = count;
  } catch (cause) {
    if (cause instanceof ApiError) throw cause;
    throw new ApiError('rows', 'protocol', 'the answer is no Arrow stream that can be read', { cause });
  }
  return times;
}

/** Prints rows of the past as the bytes that the hub sends, and tells what was lost beside them. */
export async function passing(
  { query, hops }: WatchRequest,
  form: RowForm,
  parts: WatchParts,
  signal: AbortSignal,
): Promise<Shown> {
  const chunks = parts.client.rowBytes(hops ? 'traces' : 'packets', form, query, signal);
  const shown = await (form === 'arrow' ? passArrow(chunks, parts) : passText(form, chunks, parts));
  for (const loss of await lossesOf(query, shown, parts, signal)) {
    const line = parts.losses.line(loss);
    if (line !== undefined) parts.notice(line);
  }
  return shown;
}
