import { type AlertMessage } from './alert-message.js';
import { BusError } from './error.js';

/** What an alert must be like, as `ip_src=10.0.0.1,10.0.0.2`, `labels.team!=net`, `rule=port-*`. */
export interface AlertMatcher {
  /** `rule`, `severity`, a label as `labels.team`, or a column of the group. */
  readonly field: string;
  /** Any of these; `*` stands for any characters. */
  readonly values: readonly string[];
  /** Whether it must be none of them. */
  readonly not: boolean;
}

type Matched = Pick<AlertMessage, 'rule' | 'severity' | 'group' | 'labels'>;

const form = /^\s*([a-z][a-z0-9_-]*|labels\.[^=!]{1,255}?)\s*(!?)==?(.*)$/is;
const limits = { text: 4096, values: 100, matchers: 32 } as const;

const fault = (sentence: string): BusError => new BusError('match', 'bad_option', sentence);

/** @throws BusError (`bad_option`) with what it has to look like */
export function parseAlertMatcher(text: string): AlertMatcher {
  const [, name = '', not, list = ''] = form.exec(text.slice(0, limits.text + 1)) ?? [];
  if (name === '' || text.length > limits.text) {
    const shown = JSON.stringify(text.slice(0, 100));
    throw fault(
      `${shown} is no matcher; one is FIELD=VALUE or FIELD!=VALUE, where FIELD is rule, severity, labels.NAME or a column of the group`,
    );
  }
  const field = name.startsWith('labels.') ? name : name.toLowerCase().replaceAll('-', '_');
  const values = list.split(',').map((value) => value.trim());
  if (values.length > limits.values)
    throw fault(`a matcher of ${field} has ${values.length} values; use at most ${limits.values}`);
  return { field, values, not: not === '!' };
}

/** @throws BusError (`bad_option`) */
export function parseAlertMatchers(texts: readonly string[]): AlertMatcher[] {
  if (texts.length > limits.matchers)
    throw fault(`${texts.length} matchers are too many; use at most ${limits.matchers}`);
  return texts.map(parseAlertMatcher);
}

/** @returns a matcher as it is written */
export const showAlertMatcher = ({ field, values, not }: AlertMatcher): string =>
  `${field}${not ? '!' : ''}=${values.join(',')}`;

function valueOf(alert: Matched, field: string): string | undefined {
  if (field === 'rule') return alert.rule;
  if (field === 'severity') return alert.severity;
  const [map, key] = field.startsWith('labels.') ? [alert.labels, field.slice(7)] : [alert.group, field];
  return Object.hasOwn(map, key) ? map[key] : undefined;
}

/** Without regular expressions, whose time a hostile value could make long. */
function matchesGlob(glob: string, value: string): boolean {
  const pieces = glob.split('*');
  const [first = '', ...rest] = pieces;
  const last = rest.pop();
  if (last === undefined) return value === glob;
  if (!value.startsWith(first)) return false;
  let at = first.length;
  for (const piece of rest) {
    const found = value.indexOf(piece, at);
    if (found < 0) return false;
    at = found + piece.length;
  }
  return value.length - last.length >= at && value.endsWith(last);
}

/** @returns whether an alert is as all of them say; one without the field is none of its values */
export function matchesAlert(matchers: readonly AlertMatcher[], alert: Matched): boolean {
  return matchers.every(({ field, values, not }) => {
    const value = valueOf(alert, field);
    return (value !== undefined && values.some((glob) => matchesGlob(glob, value))) !== not;
  });
}
