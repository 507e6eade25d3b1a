import { ApiError, anyOf, type Query } from '#api-client';
import { setTimeout as sleep } from 'node:timers/promises';
import { printable } from '../format/printable.js';
import { type Session } from '../session.js';
import { groupsOf } from './answer.js';
import { groupsText, type GroupView, nothingFound } from './print-groups.js';
import { Screen, type Size, terminalSize } from './screen.js';

export interface GroupWatch {
  /** @param nowUs µs since 1970 @returns what to ask then: a time window may move on */
  readonly query: (nowUs: number) => Query;
  readonly interval_ms: number;
  /** µs since 1970: after then it ends. */
  readonly until?: number | undefined;
  readonly size?: () => Size;
}

/** What passes by itself: the hub is started again, or has too much to do. */
const passing: readonly ApiError['code'][] = ['unreachable', 'closed', 'interrupted', 'busy', 'server'];

/**
 * Asks again and again until the signal, or until nobody reads: on a terminal a table is drawn again in its place, else
 * each answer is printed under the one before. A hub that is away for a while is waited for, once it has answered.
 *
 * @throws ApiError, CliError
 */
export async function watchGroups(watch: GroupWatch, view: GroupView, session: Session): Promise<void> {
  const { output, notice, isTerminal, now } = session;
  const { signal, release } = anyOf(session.signal, output.gone);
  const size = watch.size ?? terminalSize;
  const inPlace = isTerminal && view.format === 'table';
  const screen = new Screen(output, size);
  let shown: string | undefined;
  let draw: (() => string) | undefined;
  session.onResize(() => {
    if (inPlace && draw) void screen.draw((shown = draw()));
  });
  try {
    while (!signal.aborted) {
      try {
        const asked = watch.query(now() * 1000);
        const query = inPlace ? fitted(asked, size()) : asked;
        draw = await block(query, view, session, { signal, size });
        const text = draw();
        if (inPlace) await screen.draw(text);
        else await output.write(shown !== undefined && view.format === 'table' ? `\n${text}` : text);
        shown = text;
      } catch (error) {
        if (signal.aborted) return;
        if (shown === undefined || !(error instanceof ApiError) || !passing.includes(error.code)) throw error;
        const line = printable(`${error.message}; trying again`);
        if (inPlace) await screen.draw(`${shown}${session.paint.loss(line)}\n`);
        else notice(line);
      }
      if (watch.until !== undefined && now() * 1000 >= watch.until) return;
      await sleep(watch.interval_ms, undefined, { signal }).catch(() => undefined);
    }
  } finally {
    release();
  }
}

/** Lines of a table beside its groups: its head, others, the total, and what stands below. */
const OTHER_LINES = 11;

/** @returns the question for no more groups than the screen has room for: the total is to be seen */
function fitted(query: Query, { rows }: Size): Query {
  const room = Math.max(rows - OTHER_LINES - 1, 1);
  return query['by'] === undefined || Number(query['limit'] ?? Infinity) <= room
    ? query
    : { ...query, limit: String(room) };
}

/** @returns what makes the text of one answer, for the terminal as it is then; where nothing matches, a line about that */
async function block(
  query: Query,
  view: GroupView,
  session: Session,
  { signal, size }: { readonly signal: AbortSignal; readonly size: () => Size },
): Promise<() => string> {
  const { client, paint, isTerminal } = session;
  const groups = groupsOf(await client.aggregate(query, signal), query);
  return () => {
    const width = isTerminal ? size().columns : Infinity;
    const text = groupsText(groups, query, { ...view, clock: session.clock(), paint, width });
    if (view.format !== 'table' || text !== '') return text;
    return nothingFound(groups, query, { ...view, clock: session.clock() })
      .map((line) => `${line}\n`)
      .join('');
  };
}
