import {
  alertMessageId,
  type AlertMessage,
  alertSubject,
  type Bus,
  ensureStreams,
  packAlertMessage,
} from '#bus';
import { recordingLog } from '#testing/bus';

/** @returns µs since 1970 as alerts have it */
export const alertTime = (ms: number): string => new Date(ms).toISOString().replace('Z', '017Z');

/** An alert that fires now. */
export function firingAlert(values: Partial<AlertMessage> = {}): AlertMessage {
  const now = alertTime(Date.now());
  return {
    id: 'a1',
    rule: 'port-scan',
    severity: 'warning',
    state: 'firing',
    group: { ip_src: '10.0.0.1' },
    labels: { team: 'net' },
    value: 21,
    threshold: 20,
    message: '10.0.0.1 tried 21 ports',
    description: 'many ports',
    started_at: now,
    at: now,
    resolved_at: null,
    window_ms: 10_000,
    filter: 'proto == tcp',
    packet_id: '7000000000000000001',
    hub: 'hub1',
    silenced: false,
    ...values,
  };
}

/** The end of an alert. */
export function resolvedAlert(alert: AlertMessage, values: Partial<AlertMessage> = {}): AlertMessage {
  const now = alertTime(Date.now());
  return { ...alert, state: 'resolved', at: now, resolved_at: now, ...values };
}

/** Publishes alerts as a hub does. */
export async function publishAlerts(bus: Bus, ...alerts: readonly AlertMessage[]): Promise<void> {
  await ensureStreams(bus, recordingLog());
  for (const alert of alerts)
    await bus.js.publish(alertSubject(alert), packAlertMessage(alert), { msgID: alertMessageId(alert) });
}
