import { createHmac } from 'node:crypto';

/** Headers of a request to a webhook; see docs/alerts.md. */
export const webhookHeader = {
  /** Seconds since 1970. */
  timestamp: 'visor-timestamp',
  /** `sha256=` and the HMAC-SHA256, in hexadecimal, of the timestamp, a dot and the body. */
  signature: 'visor-signature',
  /** The same each time that one thing is delivered. */
  delivery: 'visor-delivery',
} as const;

/** @returns the value of the header that signs a body */
export function signatureOf(secret: string, timestamp: string, body: string): string {
  return `sha256=${createHmac('sha256', secret).update(`${timestamp}.${body}`).digest('hex')}`;
}
