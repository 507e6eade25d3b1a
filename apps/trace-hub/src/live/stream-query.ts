import { parseTime, type Filter } from '#filter';
import { lossFilter } from '../agents/loss-query.js';
import { RangeQuery } from '../http/columns-query.js';
import { Parameter } from '../http/parameter.js';
import { wholeNumber, yesNo } from '../http/parameter-kinds.js';
import { written } from '../http/read-query.js';
import { maxRows } from '../read/row-query.js';
import { parsePlace, type Place } from './place.js';

/** Parameters of the live stream. */
export class StreamParameters extends RangeQuery {
  @Parameter('hops', 'All hops, not only the one that decided', yesNo())
  hops = false;

  @Parameter(
    'last',
    'First the last rows of the store that match, then the live ones',
    wholeNumber({ min: 1, max: maxRows, what: 'a number of rows' }),
  )
  last?: number;
}

/** What a client of the live stream asked for. */
export interface StreamQuery {
  /** What rows must match, beside being decisive. */
  readonly filter: Filter | undefined;
  /** Only the hop that decided each packet's fate. */
  readonly decisive: boolean;
  /** What losses must match. */
  readonly lossFilter: Filter | undefined;
  /** µs; where rows of the store begin. */
  readonly sinceUs: number | undefined;
  /** µs; the stream ends then. */
  readonly untilUs: number | undefined;
  /** Rows of the store, at most the newest so many. */
  readonly last: number | undefined;
  /** Where the client was when it left. */
  readonly resume: Place | undefined;
}

/** @returns whether a time is another one whenever it is asked for, as `15m` is */
function moves(text: string): boolean {
  const nowUs = Date.now() * 1000;
  return parseTime(text, nowUs) !== parseTime(text, nowUs + 1e6);
}

/**
 * @param lastEventId of the header: the stream goes on after it. `last`, and a `since` that moves with the time, are what
 * it began with: they are not applied again
 * @throws Problem or FilterError, which name the parameter, its value and what is allowed
 */
export function streamQuery(parameters: StreamParameters, lastEventId = ''): StreamQuery {
  const resume = lastEventId === '' ? undefined : parsePlace(lastEventId);
  if (resume && parameters.sinceUs !== undefined && moves(written(parameters, 'since')))
    delete parameters.sinceUs;
  const { given, hops, sinceUs, untilUs, last } = parameters;
  return {
    filter: parameters.filter(),
    decisive: !hops,
    lossFilter: lossFilter(given),
    sinceUs,
    untilUs,
    last: resume ? undefined : last,
    resume,
  };
}
