import { FieldReader } from './field-reader.js';
import { subjects } from './subjects.js';

export const alertSeverities = ['info', 'warning', 'critical'] as const;
export type AlertSeverity = (typeof alertSeverities)[number];

export const alertStates = ['firing', 'resolved'] as const;
export type AlertState = (typeof alertStates)[number];

/**
 * An alert that fires or is resolved, as it is in the stream VISOR_ALERTS and in all that is made of it: the table,
 * the REST API, webhooks. Times are RFC 3339 in UTC with microseconds, as those of rows.
 */
export interface AlertMessage {
  /** The same for all that concerns one alert of one group, from its firing to its resolve. */
  readonly id: string;
  readonly rule: string;
  readonly severity: AlertSeverity;
  readonly state: AlertState;
  /** The group's values by column, as text that rows have: `{"ip_src":"10.0.0.1","dport":"22"}`; empty = all is one group. */
  readonly group: Readonly<Record<string, string>>;
  /** Those of the rule. */
  readonly labels: Readonly<Record<string, string>>;
  /** What was measured; null where a row was enough. */
  readonly value: number | null;
  readonly threshold: number | null;
  /** The rule's template, filled in. */
  readonly message: string;
  /** What the rule is for; may be empty. */
  readonly description: string;
  /** When it began to fire. */
  readonly started_at: string;
  /** When this happened. */
  readonly at: string;
  /** null while it fires. */
  readonly resolved_at: string | null;
  readonly window_ms: number | null;
  /** The rule's, in the query language; '' = every row. */
  readonly filter: string;
  /** A packet that belongs to it, decimal. */
  readonly packet_id: string | null;
  /** Name of the hub that found it. */
  readonly hub: string;
  /** A silence was in force when this was published: no webhook gets it. */
  readonly silenced: boolean;
}

/** A message that is none; `malformed` names the field and what is wrong with it. */
export interface MalformedAlert {
  readonly malformed: string;
}

/** What a message may hold at most; names and texts are in characters. */
export const alertLimits = {
  bytes: 2 ** 18,
  values: 1000,
  depth: 3,
  id: 128,
  name: 255,
  /** Columns of a group, and labels. */
  fields: 64,
  value: 4096,
  message: 8192,
  filter: 65_536,
} as const;

const encoder = new TextEncoder();

/** @returns the message's bytes */
export function packAlertMessage(alert: AlertMessage): Uint8Array {
  return encoder.encode(JSON.stringify(alert));
}

/** @returns what names this transition and no other; the message's `Nats-Msg-Id` */
export function alertMessageId({ id, state }: Pick<AlertMessage, 'id' | 'state'>): string {
  return `${id}.${state}`;
}

/** @returns the subject that an alert is published on */
export function alertSubject({ severity, rule }: Pick<AlertMessage, 'severity' | 'rule'>): string {
  return subjects.alerts(severity, rule);
}

const timeForm = /^(?:19[7-9]|20\d)\d-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,6})?Z$/;

/** @returns whether a text is a time as alerts have them: RFC 3339 in UTC, from 1970 to 2099 */
export const isAlertTime = (text: string): boolean => timeForm.test(text) && !Number.isNaN(Date.parse(text));

function readTime(fields: FieldReader, name: string): string {
  const text = fields.text(name, 32);
  if (!isAlertTime(text)) fields.refuse(name, 'is no time of RFC 3339 in UTC');
  return text;
}

function readResolved(fields: FieldReader, state: AlertState): string | null {
  if (fields.isNull('resolved_at') !== (state === 'firing')) {
    fields.refuse('resolved_at', `does not go with ${state}`);
    return null;
  }
  return state === 'firing' ? null : readTime(fields, 'resolved_at');
}

function readPacket(fields: FieldReader): string | null {
  if (fields.isNull('packet_id')) return null;
  const id = fields.text('packet_id', 20);
  if (!/^\d{1,20}$/.test(id) || BigInt(id) >= 2n ** 64n)
    fields.refuse('packet_id', 'is no whole number of 64 bits');
  return id;
}

function readWindow(fields: FieldReader): number | null {
  return fields.isNull('window_ms') ? null : fields.count('window_ms');
}

function readId(fields: FieldReader): string {
  const id = fields.text('id', alertLimits.id);
  if (!/^[\w:-]+$/.test(id)) fields.refuse('id', 'has other characters than letters, digits, _, : and -');
  return id;
}

/**
 * Looks at what came from the network, as JSON.parse made it: it never throws, and what it returns is bounded by
 * `alertLimits`. A field that is not known is left out, a missing or wrong one makes the whole message malformed.
 */
export function checkAlertMessage(value: unknown): AlertMessage | MalformedAlert {
  return readAlert(new FieldReader(value));
}

/** The same of a message's bytes. */
export function parseAlertMessage(bytes: Uint8Array): AlertMessage | MalformedAlert {
  return readAlert(FieldReader.parse(bytes, alertLimits));
}

function readAlert(fields: FieldReader): AlertMessage | MalformedAlert {
  const { name, fields: most, value: longest, message, filter } = alertLimits;
  const state = fields.word('state', alertStates);
  const alert: AlertMessage = {
    id: readId(fields),
    rule: fields.text('rule', name),
    severity: fields.word('severity', alertSeverities),
    state,
    group: fields.textsByName('group', most, name, longest),
    labels: fields.textsByName('labels', most, name, longest),
    value: fields.numberOrNull('value'),
    threshold: fields.numberOrNull('threshold'),
    message: fields.text('message', message),
    description: fields.text('description', message),
    started_at: readTime(fields, 'started_at'),
    at: readTime(fields, 'at'),
    resolved_at: readResolved(fields, state),
    window_ms: readWindow(fields),
    filter: fields.text('filter', filter),
    packet_id: readPacket(fields),
    hub: fields.text('hub', name),
    silenced: fields.flag('silenced'),
  };
  return fields.fault === undefined ? alert : { malformed: fields.fault };
}
