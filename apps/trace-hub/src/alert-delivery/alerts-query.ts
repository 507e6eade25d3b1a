import { alertSeverities, alertStates, BusError, parseAlertMatchers } from '#bus';
import { type AlertQuery } from '#clickhouse';
import { type AskedTime } from '../aggregate/empty-answer.service.js';
import { IsAfter } from '../http/checks.js';
import { Parameter } from '../http/parameter.js';
import { type ParameterKind, parsed, several, time, yesNo } from '../http/parameter-kinds.js';
import { badParameter } from '../http/problem.js';
import { written } from '../http/read-query.js';
import { TableQuery } from '../read/table-query.js';

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

  /** @returns the time that is searched */
  time(): AskedTime {
    return { sinceUs: this.sinceUs, untilUs: this.untilUs };
  }

  /** @throws Problem */
  alerts(): AlertQuery {
    const { state, severity, silenced, sinceUs, untilUs } = this;
    return {
      states: state?.flat(),
      severities: severity?.flat(),
      silenced,
      matchers: matchersOf('match', this.match ?? [], written(this, 'match')),
      sinceUs,
      untilUs,
      take: this.take(),
    };
  }
}

/** @param given what is shown of them @throws Problem */
export function matchersOf(
  field: string,
  texts: readonly string[],
  given: string,
): ReturnType<typeof parseAlertMatchers> {
  try {
    return parseAlertMatchers(texts);
  } catch (error) {
    if (!(error instanceof BusError)) throw error;
    throw badParameter(field, given, `${field}: ${error.message}`, { cause: error });
  }
}
