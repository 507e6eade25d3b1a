import { describe, expect, it } from 'vitest';
import { CliError } from '../errors.js';
import { aggregateRequest } from './aggregate.js';

const nowUs = Date.parse('2026-11-21T12:00:00Z') * 1000;
const request = (flags: Record<string, unknown>, output?: Parameters<typeof aggregateRequest>[1]) =>
  aggregateRequest(['ip_src,dport', 'fate'], output, { follow: false, hops: false, ...flags }, nowUs);

describe('aggregateRequest', () => {
  it('asks for groups of what the filters take, in a time that moves on', () => {
    const { query, format, until } = request({ dport: ['!80'], time: '15m' });
    expect({ format, until }).toEqual({ format: 'table', until: undefined });
    expect(query(nowUs)).toEqual({
      by: 'ip_src,dport,fate',
      dport: ['!80'],
      limit: '20',
      others: 'true',
      since: '2026-11-21T11:45:00.000000Z',
    });
    expect(query(nowUs + 60e6)['since']).toBe('2026-11-21T11:46:00.000000Z');
  });

  it('asks for all groups where a program reads them', () => {
    expect(request({}, 'csv').query(nowUs)).toEqual({ by: 'ip_src,dport,fate' });
  });

  it('ends where --until is', () => {
    expect(request({ until: '2026-11-21T12:00:05Z' }).until).toBe(nowUs + 5e6);
  });

  it.each([
    [{ last: '5' }, undefined, '--aggregate-by and --last exclude each other;'],
    [{ all: true }, undefined, '--aggregate-by and --all exclude each other;'],
    [{ hops: true }, undefined, '--aggregate-by and --hops exclude each other;'],
    [{ 'input-file': 'x' }, undefined, '--aggregate-by and --input-file exclude each other;'],
    [
      {},
      'tree',
      '--aggregate-by and -o tree exclude each other; groups are printed as table, json, jsonl, csv.',
    ],
    [{ since: '5m', until: '10m' }, undefined, '--until: "10m" is not after --since "5m".'],
  ] as const)('refuses %j with -o %s', (flags, output, message) => {
    expect(() => request(flags, output)).toThrow(CliError);
    expect(() => request(flags, output)).toThrow(message);
  });
});
