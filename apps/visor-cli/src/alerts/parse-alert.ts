import { type Alert } from '#api-client';
import { CliError } from '../errors.js';
import { durationText } from '../groups/units.js';

/** @throws CliError `protocol` where `json` is no alert */
export function parseAlert(json: string): Alert {
  let found: Partial<Alert> | null;
  try {
    found = JSON.parse(json) as Partial<Alert> | null;
  } catch (cause) {
    const sentence = `the hub sent an alert that is no JSON: ${json.slice(0, 80)}`;
    throw new CliError('alerts', 'protocol', sentence, { cause });
  }
  if (typeof found?.id === 'string' && typeof found.started_at === 'string') return found as Alert;
  throw new CliError('alerts', 'protocol', `the hub sent an alert without id: ${json.slice(0, 80)}`);
}

/** @param now ms since 1970 @returns how long it fired, or fires: `12 s`, `3m5s` */
export function lengthText({ started_at, resolved_at }: Alert, now: number): string {
  const end = resolved_at === null ? now : Date.parse(resolved_at);
  const ms = Math.max(0, Math.round((end - Date.parse(started_at)) / 1000)) * 1000;
  return Number.isNaN(ms) ? '?' : ms === 0 ? '0 s' : durationText(ms * 1000);
}

/** @returns `ip_src=10.0.0.1 dport=22` */
export const groupText = ({ group }: Pick<Alert, 'group'>): string =>
  Object.entries(group)
    .map(([name, value]) => `${name}=${value === '' ? "''" : value}`)
    .join(' ');
