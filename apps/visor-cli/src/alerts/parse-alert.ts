import { type Alert } from '#api-client';
import { parseFromHub } from '../from-hub.js';
import { durationText } from '../groups/units.js';

/** @throws CliError `protocol` where `json` is no alert */
export const parseAlert = (json: string): Alert =>
  parseFromHub<Alert>(json, {
    op: 'alerts',
    name: 'an alert',
    needs: 'id',
    has: ({ id, started_at }) => typeof id === 'string' && typeof started_at === 'string',
  });

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
