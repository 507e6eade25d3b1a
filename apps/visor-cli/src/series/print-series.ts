import { type Query, type SeriesList } from '#api-client';
import { CliError } from '../errors.js';
import { csvText } from '../groups/csv.js';
import { type Cell } from '../groups/metric.js';
import { whatThereIs } from '../nothing-found.js';
import { type Session } from '../session.js';
import { fittingBucket } from './bucket.js';
import { PLOT_MARGIN, seriesText } from './series-text.js';

export const seriesFormats = ['chart', 'json', 'jsonl', 'csv'] as const;
export type SeriesFormat = (typeof seriesFormats)[number];

export interface SeriesView {
  readonly format: SeriesFormat;
  /** Lines of a chart. */
  readonly height: number;
}

/** Characters of a line where the output is no terminal. */
const USUAL_WIDTH = 100;
const MIN_PLOT = 20;

type Row = Readonly<Record<string, Cell>>;

/** @returns a row for each bucket of each series, as the hub's own lines are; of others the value is null */
function rowsOf({ by, times, series, others }: SeriesList): { names: string[]; rows: Row[] } {
  const metrics = Object.keys((series[0] ?? others)?.points ?? {});
  const rows = [...series, ...(others ? [others] : [])].flatMap(({ value = null, points }) =>
    times.map((time, place) => ({
      time,
      ...(by !== undefined && { [by]: value }),
      ...Object.fromEntries(metrics.map((name) => [name, points[name]?.[place] ?? null])),
    })),
  );
  return { names: ['time', ...(by === undefined ? [] : [by]), ...metrics], rows };
}

/** @returns how many series there are @throws ApiError, CliError */
export async function printSeries(query: Query, view: SeriesView, session: Session): Promise<number> {
  const { client, output, notice, signal, clock, paint, now } = session;
  const width = Number.isFinite(session.width) ? session.width : USUAL_WIDTH;
  const plot = Math.max(width - PLOT_MARGIN, MIN_PLOT);
  const bucket =
    view.format === 'chart' && query['bucket'] === undefined
      ? { bucket: fittingBucket(query, plot, now() * 1000) }
      : {};
  const answer = await client.series({ ...query, ...bucket }, signal);
  if (!Array.isArray(answer.times) || !Array.isArray(answer.series))
    throw new CliError(
      'series',
      'protocol',
      'the hub answers with what are no series; is it of this version?',
    );
  const print = {
    chart: () => seriesText(answer, query, { clock, paint, plot, width, height: view.height }),
    json: () => `${JSON.stringify(answer, null, 2)}\n`,
    jsonl: () =>
      rowsOf(answer)
        .rows.map((row) => `${JSON.stringify(row)}\n`)
        .join(''),
    csv: () => {
      const { names, rows } = rowsOf(answer);
      return csvText(names, rows);
    },
  } satisfies Record<SeriesFormat, () => string>;
  const empty = answer.series.length === 0;
  if (!empty || view.format !== 'chart') await output.write(print[view.format]());
  if (empty) ['nothing matches', ...whatThereIs(answer.searched.agents, clock())].forEach(notice);
  return answer.series.length;
}
