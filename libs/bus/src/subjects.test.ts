import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  agentOfHeartbeat,
  agentOfTraces,
  escapeToken,
  matchesSubject,
  subjects,
  unescapeToken,
} from './subjects.js';

describe('subject tokens', () => {
  it.each([
    ['web1', 'web1'],
    ['web1.example.org', 'web1%2Eexample%2Eorg'],
    ['a b*>', 'a%20b%2A%3E'],
    ['100%', '100%25'],
    ['$SYS', '%24SYS'],
    ['', '%'],
    ['шлюз', '%D1%88%D0%BB%D1%8E%D0%B7'],
  ])('%j is %s', (name, token) => {
    expect(escapeToken(name)).toBe(token);
    expect(unescapeToken(token)).toBe(name);
  });

  it('makes one legal token of any name, and the name again', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (name) => {
        const token = escapeToken(name);
        expect(token).toMatch(/^[A-Za-z0-9_%-]+$/);
        expect(unescapeToken(token)).toBe(name);
      }),
    );
  });

  it('refuses tokens that it never makes: no two tokens are one name', () => {
    for (const token of ['%41', '%2e', 'a.b', '%', 'a%', '%G0', '%FF', '%C3', ''].slice(0)) {
      const name = unescapeToken(token);
      expect(name === undefined || escapeToken(name) === token).toBe(true);
    }
    expect(unescapeToken('%41')).toBeUndefined();
    expect(unescapeToken('')).toBeUndefined();
  });
});

describe('subjects', () => {
  it('finds the agent of a traces subject', () => {
    expect(agentOfTraces(subjects.traces('web1.lan'))).toBe('web1.lan');
    expect(agentOfTraces('visor.v1.rulesets.web1')).toBeUndefined();
  });

  it('finds the agent of a heartbeat subject', () => {
    expect(agentOfHeartbeat(subjects.agents('web1.lan'))).toBe('web1.lan');
    expect(agentOfHeartbeat(subjects.traces('web1'))).toBeUndefined();
  });

  it('names events by five tokens whatever the names hold', () => {
    expect(subjects.events('a', 'dropped', 'inet', 'my.table', 'in')).toBe(
      'visor.v1.events.a.dropped.inet.my%2Etable.in',
    );
  });

  it.each([
    ['visor.v1.traces.*', 'visor.v1.traces.a', true],
    ['visor.v1.traces.*', 'visor.v1.traces', false],
    ['visor.v1.traces.*', 'visor.v1.traces.a.b', false],
    ['visor.>', 'visor.v1.traces', true],
    ['visor.>', 'visor', false],
    ['a.b', 'a.c', false],
  ])('%s takes %s: %s', (pattern, subject, expected) => {
    expect(matchesSubject(pattern, subject)).toBe(expected);
  });
});
