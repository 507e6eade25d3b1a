import { type AlertMatcher, alertSeverities, BusError, parseAlertMatchers } from '#bus';
import { findColumn } from '#columns';
import { suggestColumn } from '#filter';

/** What else alerts have; `cause` is of rules over losses. */
const otherFields = ['rule', 'severity', 'cause'];

const fault = (sentence: string): BusError => new BusError('match', 'bad_option', sentence);

/** A field that no alert has would match none, and with `!=` all of them. */
function check({ field, values }: AlertMatcher): void {
  if (field === 'severity') {
    const odd = values.find((value) => !value.includes('*') && !isSeverity(value));
    if (odd !== undefined)
      throw fault(`severity ${JSON.stringify(odd)} is not known; use ${alertSeverities.join(', ')}`);
  }
  if (field.startsWith('labels.') || otherFields.includes(field) || findColumn(field)) return;
  const near = suggestColumn(field);
  throw fault(
    `no alert has ${JSON.stringify(field)}; use rule, severity, labels.NAME or a column of the group${near === undefined ? '' : `, such as ${near}`}`,
  );
}

const isSeverity = (text: string): boolean => (alertSeverities as readonly string[]).includes(text);

/** Matchers as somebody writes them now. @throws BusError (`bad_option`) */
export function readMatchers(texts: readonly string[]): AlertMatcher[] {
  const matchers = parseAlertMatchers(texts);
  matchers.forEach(check);
  return matchers;
}
