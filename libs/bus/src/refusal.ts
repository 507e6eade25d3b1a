import { PermissionViolationError } from '@nats-io/transport-node';
import { BusError, causesOf } from './error.js';

/** What NATS does not let a login do. */
export interface Refusal {
  readonly operation: 'publish' | 'subscribe';
  readonly subject: string;
}

/** @returns the subject that NATS refused this login, if that is what an error is about */
export function refusalIn(error: unknown): Refusal | undefined {
  for (const cause of causesOf(error)) if (cause instanceof PermissionViolationError) return refusalOf(cause);
  return undefined;
}

const refusalOf = ({ operation, subject }: PermissionViolationError): Refusal => ({
  operation: operation === 'publish' ? 'publish' : 'subscribe',
  subject,
});

/** @returns one sentence for the operator: what is refused, and which permissions to give */
export function refusalSentence(servers: string, refusals: readonly Refusal[]): string {
  const parts = (['publish', 'subscribe'] as const).flatMap((operation) => {
    const subjects = refusals.filter((one) => one.operation === operation).map(({ subject }) => subject);
    return subjects.length > 0 ? [`${operation} to ${subjects.map(permissionFor).join(', ')}`] : [];
  });
  return `NATS at ${servers} does not let this login ${parts.join(' and ')}; give it that permission, or another login (docs/nats.md)`;
}

/** An inbox differs at each connection: the permission is for all below its prefix. */
function permissionFor(subject: string): string {
  const inbox = /^(_INBOX[^.]*(?:\.[^.]+)*?)\.[A-Za-z0-9]{22}(\.\*)?$/.exec(subject)?.[1];
  return inbox === undefined ? subject : `${inbox}.>`;
}

export function permissionError(op: string, servers: string, refusals: readonly Refusal[]): BusError {
  return new BusError(op, 'permission', refusalSentence(servers, refusals));
}
