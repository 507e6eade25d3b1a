import { type AlertMatcher, alertSeverities, alertStates, BusError } from '#bus';
import { type AlertKey, type AlertQuery } from '#clickhouse';
import { type AskedTime } from '../aggregate/empty-answer.service.js';
import { IsAfter } from '../http/checks.js';
import { Parameter } from '../http/parameter.js';
import { type ParameterKind, parsed, several, time, yesNo } from '../http/parameter-kinds.js';
import { badParameter } from '../http/problem.js';
import { asGiven, written } from '../http/read-query.js';
import { questionOf } from '../read/cursor.js';
import { TableQuery } from '../read/table-query.js';
import { type AlertCursor, alertCursorText, parseAlertCursor } from './alert-cursor.js';
import { readMatchers } from './read-matchers.js';

/** Some of the words, given again or separated by commas. */
function someOf(words: readonly string[]): ParameterKind {
  const check: ParameterKind['parse'] = (text, { field }) => {
    const other = text.split(',').find((word) => !words.includes(word));
    if (other === undefined) return text.split(',');
    const shown = other.slice(0, 100);
    throw badParameter(field, shown, `${field}: "${shown}" is not known; use ${words.join(' or ')}`);
  };
  return several(parsed(check, { type: 'string', enum: [...words] }));
}

/** Parameters of the list of alerts. */
export class AlertsQuery extends TableQuery {
  @Parameter('state', 'firing: what fires now; resolved: what is over', someOf(alertStates))
  state?: string[][];

  @Parameter('severity', 'How bad', someOf(alertSeverities))
  severity?: string[][];

  @Parameter('silenced', 'Whether a silence was in force', yesNo())
  silenced?: boolean;

  @Parameter(
    'match',
    'FIELD=VALUE or FIELD!=VALUE, where FIELD is rule, severity, labels.NAME or a column of the group; commas mean or, `*` any characters; given again it means and',
    several(parsed((text) => text)),
  )
  match?: string[];

  @Parameter('since', 'Not over before this time: RFC 3339, a date, or how long ago (15m, 1h30m, 1d)', time())
  sinceUs?: number;

  @Parameter('until', 'Begun before this time; the forms of since', time())
  @IsAfter('sinceUs', ['until', 'since'])
  untilUs?: number;

  @Parameter(
    'cursor',
    'The next page: what next says of the page before, with the same other parameters; first, last or limit say how many it has',
    parsed(parseAlertCursor),
  )
  cursor?: AlertCursor;

  /** @returns the time that is searched */
  time(): AskedTime {
    const { sinceUs, untilUs } = this.cursor ?? this;
    return { sinceUs: sinceUs ?? undefined, untilUs: untilUs ?? undefined };
  }

  /** @param more so many are taken beyond those that were asked for @throws Problem */
  alerts(more = 0): AlertQuery {
    const { state, severity, silenced, cursor } = this;
    if (cursor) this.#refuseOther(cursor);
    const take = this.take();
    const count = ('first' in take ? take.first : take.last) + more;
    const end = cursor?.end ?? ('first' in take ? 'first' : 'last');
    return {
      states: state?.flat(),
      severities: severity?.flat(),
      silenced,
      matchers: matchersOf('match', this.match ?? [], written(this, 'match')),
      ...this.time(),
      beyond: cursor?.key,
      take: end === 'first' ? { first: count } : { last: count },
    };
  }

  /** @returns what `next` is where the page ends with that alert */
  next(key: AlertKey): string {
    const { sinceUs, untilUs } = this.time();
    const end = 'first' in this.alerts().take ? 'first' : 'last';
    const times = this.cursor?.times ?? this.#times();
    const range = { sinceUs: sinceUs ?? null, untilUs: untilUs ?? null, times };
    return alertCursorText({ end, key, ...range, question: this.#question() });
  }

  #times(): string {
    return questionOf([asGiven(this, 'since'), asGiven(this, 'until')]);
  }

  #question(): string {
    const { state, severity, silenced, match } = this;
    return questionOf(['alerts', state?.flat(), severity?.flat(), silenced, match]);
  }

  #refuseOther(cursor: AlertCursor): void {
    const refuse = (detail: string): never => {
      throw badParameter('cursor', '', `cursor: ${detail}`);
    };
    const other = cursor.end === 'first' ? this.last : this.first;
    if (other !== undefined)
      refuse(`it is of pages from the ${cursor.end} alert on; use ${cursor.end} with it`);
    if ((this.sinceUs ?? this.untilUs) !== undefined && cursor.times !== this.#times())
      refuse('it is of another time; leave since and until out, or repeat those of the first page');
    if (cursor.question !== this.#question())
      refuse('it belongs to another question; repeat the filters of the page that gave it');
  }
}

/** @param given what is shown of them @throws Problem */
export function matchersOf(field: string, texts: readonly string[], given: string): AlertMatcher[] {
  try {
    return readMatchers(texts);
  } catch (error) {
    if (!(error instanceof BusError)) throw error;
    throw badParameter(field, given, `${field}: ${error.message}`, { cause: error });
  }
}
