import { type RequestListener } from 'node:http';
import { FakeHub } from '../../testing/fake-hub.js';
import { type Panel } from '../contracts.js';
import { type Beginning } from '../model/store.js';
import { createPanels } from '../panels/index.js';
import { testParts, type TestParts } from './ui-parts.js';

const hubs: FakeHub[] = [];
const opened: TestParts[] = [];

export async function closeLooks(): Promise<void> {
  opened.splice(0).forEach((parts) => parts.end());
  await Promise.all(hubs.splice(0).map((hub) => hub.stop()));
}

/** What an answer says of how it was found. */
export const searched = { since: null, until: null, rows_read: 1, elapsed_ms: 1 };

/** Answers with a document. */
export const json =
  (document: unknown): RequestListener =>
  (_, response) => {
    response.setHeader('content-type', 'application/json').end(JSON.stringify(document));
  };
/** Answers with rows. */
export const lines =
  (rows: readonly string[]): RequestListener =>
  (_, response) => {
    response.setHeader('content-type', 'application/x-ndjson').end(rows.map((row) => `${row}\n`).join(''));
  };

/** A panel and what it works with. */
export interface Look {
  readonly panel: Panel;
  readonly parts: TestParts;
  readonly hub: FakeHub;
  /** Shows the panel until it is as it should be. */
  readonly until: (wanted: RegExp, width?: number, height?: number) => Promise<string>;
  readonly shown: (width?: number, height?: number) => string;
}

/**
 * Opens a panel at a hub that is scripted; to be closed with closeLooks().
 *
 * @param more answers by the beginning of what is asked
 */
export async function look(
  name: string,
  more: Readonly<Record<string, RequestListener>> = {},
  values: Partial<Beginning> = {},
): Promise<Look> {
  const hub = await FakeHub.start((request, response) => {
    const url = request.url ?? '';
    const found = Object.entries(more).find(([start]) => url.startsWith(start));
    if (found) return found[1](request, response);
    response.writeHead(404, { 'content-type': 'application/problem+json' });
    response.end(JSON.stringify({ status: 404, detail: `nothing is at ${url}`, field: 'id' }));
  });
  hubs.push(hub);
  const parts = testParts(hub.url, values);
  opened.push(parts);
  const panel = createPanels(parts).find((one) => one.name === name) as Panel;
  const shown = (width = 76, height = 20): string => {
    const state = parts.store.state;
    panel.update(state);
    const props = { state, width, height, focused: false, cursor: 0 };
    const found = panel.lines(props);
    return Array.from({ length: found.length }, (_, at) => `${(found.at(at) ?? '').trimEnd()}\n`).join('');
  };
  const until = async (wanted: RegExp, width?: number, height?: number): Promise<string> => {
    for (;;) {
      const change = parts.change();
      const now = shown(width, height);
      if (wanted.test(now)) return now;
      await change;
    }
  };
  return { panel, parts, hub, until, shown };
}
