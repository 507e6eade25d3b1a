import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  alertLimits,
  type AlertMessage,
  alertMessageId,
  alertSubject,
  checkAlertMessage,
  packAlertMessage,
  parseAlertMessage,
} from './index.js';

const firing: AlertMessage = {
  id: 'f00d:1',
  rule: 'port-scan',
  severity: 'warning',
  state: 'firing',
  group: { ip_src: '10.0.0.1', chain: 'a "b" c' },
  labels: { team: 'net' },
  value: 21,
  threshold: 20,
  message: '10.0.0.1 tried 21 ports',
  description: '',
  started_at: '2026-11-22T05:00:00.123456Z',
  at: '2026-11-22T05:00:00.123456Z',
  resolved_at: null,
  window_ms: 10_000,
  filter: 'proto == tcp',
  packet_id: '18446744073709551615',
  hub: 'hub1',
  silenced: false,
};
const resolved: AlertMessage = {
  ...firing,
  state: 'resolved',
  at: '2026-11-22T05:01:00.000001Z',
  resolved_at: '2026-11-22T05:01:00.000001Z',
};

describe('an alert message', () => {
  it('comes back as it was packed', () => {
    expect(parseAlertMessage(packAlertMessage(firing))).toEqual(firing);
    expect(parseAlertMessage(packAlertMessage(resolved))).toEqual(resolved);
    const bare = { ...firing, group: {}, labels: {}, value: null, threshold: null, window_ms: null };
    expect(checkAlertMessage({ ...bare, packet_id: null, later: 1 })).toEqual({ ...bare, packet_id: null });
  });

  it.each<[object, string]>([
    [{ id: 'a.b' }, 'id has other characters'],
    [{ id: '' }, 'id has other characters'],
    [{ severity: 'page' }, 'severity is none of info, warning, critical'],
    [{ state: 'open' }, 'state is none of firing, resolved'],
    [{ state: 'resolved' }, 'resolved_at does not go with resolved'],
    [{ resolved_at: firing.at }, 'resolved_at does not go with firing'],
    [{ group: { dport: 22 } }, 'group.dport is not text'],
    [{ group: ['a'] }, 'group is no object'],
    [{ labels: null }, 'labels is no object'],
    [{ value: '21' }, 'value is neither a number nor null'],
    [{ at: '2026-11-22 05:00:00' }, 'at is no time'],
    [{ at: '2026-13-22T05:00:00Z' }, 'at is no time'],
    [{ started_at: '2106-11-22T05:00:00Z' }, 'started_at is no time'],
    [{ window_ms: -1 }, 'window_ms is not a whole number'],
    [{ packet_id: '18446744073709551616' }, 'packet_id is no whole number of 64 bits'],
    [{ packet_id: 7 }, 'packet_id is not text'],
    [{ silenced: 0 }, 'silenced is neither true nor false'],
    [{ message: undefined }, 'message is not text'],
    [{ message: 'x'.repeat(alertLimits.message + 1) }, 'message is not text of at most'],
    [
      { labels: Object.fromEntries(Array.from({ length: 65 }, (_, i) => [`l${i}`, ''])) },
      'labels has more than 64',
    ],
  ])('with %j is malformed', (change, why) => {
    const bytes = new TextEncoder().encode(JSON.stringify({ ...firing, ...change }));
    expect(parseAlertMessage(bytes)).toEqual({ malformed: expect.stringContaining(why) as string });
  });

  it('is read without a throw whatever it is', () => {
    const read = (bytes: Uint8Array): void => void parseAlertMessage(bytes);
    fc.assert(fc.property(fc.uint8Array(), read));
    fc.assert(fc.property(fc.json(), (json) => read(new TextEncoder().encode(json))));
    const changed = fc.record({ key: fc.constantFrom(...Object.keys(firing)), value: fc.jsonValue() });
    fc.assert(
      fc.property(changed, ({ key, value }) => {
        const result = checkAlertMessage({ ...firing, [key]: value });
        expect('malformed' in result || typeof result.id === 'string').toBe(true);
      }),
    );
    expect(parseAlertMessage(new TextEncoder().encode('['.repeat(100)))).toHaveProperty('malformed');
    expect(parseAlertMessage(new Uint8Array(alertLimits.bytes + 1))).toHaveProperty('malformed');
  });

  it('has a subject of its own, whatever its rule is called, and an id for each transition', () => {
    expect(alertSubject({ severity: 'critical', rule: 'a.b *>' })).toBe(
      'visor.v1.alerts.critical.a%2Eb%20%2A%3E',
    );
    expect([alertMessageId(firing), alertMessageId(resolved)]).toEqual(['f00d:1.firing', 'f00d:1.resolved']);
  });
});
