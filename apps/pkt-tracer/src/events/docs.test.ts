import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { matchesSubject, subjects } from '#bus';

const page = (name: string): string => readFileSync(`docs/${name}`, 'utf8');

/** What agents publish on, as far as the pages speak of it. */
const published = [
  ...['dropped', 'rejected', 'accepted'].map((fate) =>
    subjects.events('web1', fate, 'inet', 'filter', 'input'),
  ),
  subjects.events('web1', 'dropped', 'inet', 'filter', 'a.b*'),
  subjects.heldEvents('web1'),
];

it.each(['events.md', 'nats.md', 'alerts.md'])('each subscription in docs/%s hears something', (name) => {
  const patterns = new Set(page(name).match(/visor\.v1\.events\.[^\s'"`,:|)\]<{…]+/g));
  for (const pattern of patterns)
    expect([pattern, published.some((subject) => matchesSubject(pattern, subject))]).toEqual([pattern, true]);
});

it('docs/events.md names the subscriptions that tell drops, rejects, one chain, an odd name and what was held back', () => {
  const text = page('events.md');
  for (const [pattern, ...heard] of [
    ['visor.v1.events.*.dropped.>', subjects.events('web1', 'dropped', 'inet', 'filter', 'a.b*')],
    ['visor.v1.events.*.rejected.>', subjects.events('web1', 'rejected', 'inet', 'filter', 'input')],
    ['visor.v1.events.*.*.inet.filter.input', subjects.events('w', 'dropped', 'inet', 'filter', 'input')],
    [
      'visor.v1.events.*.dropped.inet.filter.a%2Eb%2A',
      subjects.events('w', 'dropped', 'inet', 'filter', 'a.b*'),
    ],
    ['visor.v1.events.*.held', subjects.heldEvents('web1')],
  ] as const) {
    expect(text).toContain(pattern);
    for (const subject of heard) expect([pattern, matchesSubject(pattern, subject)]).toEqual([pattern, true]);
  }
  expect(matchesSubject('visor.v1.events.*.dropped.>', subjects.heldEvents('web1'))).toBe(false);
});
