import { describe, expect, it } from 'vitest';
import { metricName } from '#clickhouse';
import { Problem } from '../http/problem.js';
import { parseHaving, parseKeys, parseMetrics, parseSort } from './group-text.js';

/** @returns the detail of the problem, and where it is */
function refusal(parse: () => unknown): [string, number | undefined] {
  try {
    parse();
  } catch (error) {
    if (error instanceof Problem && error.status === 400) return [error.message, error.fault.offset];
    throw error;
  }
  throw new Error('was not refused');
}

describe('select', () => {
  it.each([
    ['packets,bytes,drops', 'packets,bytes,drops'],
    [' Packets , HOPS', 'packets,hops'],
    ['packets/s,bytes/s,drops/s', 'packets/s,bytes/s,drops/s'],
    ['uniq(ip-src),min( ttl ),MAX(ts),avg(len)', 'uniq(ip_src),min(ttl),max(ts),avg(len)'],
    [
      'p50(len),p99(handle),p95(packets/s),p90( bytes / s )',
      'p50(len),p99(handle),p95(packets/s),p90(bytes/s)',
    ],
    ['packets,packets', 'packets'],
    ['', ''],
  ])('"%s" is %s', (text, names) => {
    expect(parseMetrics([text]).map(metricName).join(',')).toBe(names);
  });

  it.each([
    ['packet', 0, 'the metric "packet" is not known; did you mean packets?'],
    ['bytes, drop', 7, 'did you mean drops?'],
    ['dport', 0, 'is a column and no metric; use a function of it: uniq(dport)'],
    ['uniq(ip_scr)', 5, 'uniq needs a column, and "ip_scr" is none; did you mean ip-src?'],
    ['bytes,p95(iif)', 10, '"iif" is no number, as p95 needs; use one of'],
    ['avg(ts)', 4, '"ts" is no number, as avg needs'],
    ['p75(len)', 0, 'the function "p75" is not known; did you mean p95?'],
    ['uniqe(ip_src)', 0, 'did you mean uniq?'],
    ['avg(packets/s)', 0, '"avg" is of a column; of rates there are p50'],
    ['uniq()', 5, 'uniq needs a column, and there is none'],
    ['packets,,bytes', 8, 'there is nothing between two commas'],
    ['packets,', 8, 'there is nothing between two commas'],
    ["uniq(ip_src) OR '1'='1", 0, 'is not known'],
    ['uniq((ip_src))', 0, 'is not known'],
    ['xyz', 0, 'there are packets, bytes, drops, hops, flows, packets/s'],
  ])('"%s" is refused at %i', (text, offset, detail) => {
    expect(refusal(() => parseMetrics([text]))).toEqual([expect.stringContaining(detail), offset]);
  });

  it('has at most 16 metrics', () => {
    const many = Array.from(
      { length: 17 },
      (_, i) =>
        ['uniq(ip_src)', 'min(len)'][i] ??
        `max(${['len', 'ttl', 'dscp', 'sport', 'dport', 'mark', 'vlan', 'trid', 'hop', 'handle', 'ct_id', 'tcp_seq', 'tcp_ack', 'ip_ident', 'icmp_type'][i - 2]})`,
    );
    expect(refusal(() => parseMetrics([many.join(',')]))[0]).toContain(
      'there are 17 metrics; at most 16 are allowed',
    );
  });
});

describe('by', () => {
  it('takes columns with - or _, and time, from commas and from several parameters', () => {
    expect(parseKeys(['ip-src, DPORT', 'time', 'ip_src', ''])).toEqual(['ip_src', 'dport', 'time']);
  });
  it.each([
    ['ip_src,dprt', 7, 'did you mean dport?'],
    ['tim', 0, 'did you mean time?'],
    ['ts', 0, 'use time with a bucket'],
    ['agent_id,netns,fate,family,table,chain,hook,rule,iif', 49, 'there are 9 keys; at most 8 are allowed'],
  ])('%s is refused at %i', (text, offset, detail) => {
    expect(refusal(() => parseKeys([text]))).toEqual([expect.stringContaining(detail), offset]);
  });
});

describe('having', () => {
  it('takes comparisons of metrics with numbers', () => {
    const conditions = parseHaving(['packets>100, p95(len) <= 1.5', 'drops!=0,uniq(ip_src)=3,avg(len)>-1']);
    expect(
      conditions.map(({ metric, operator, value }) => `${metricName(metric)} ${operator} ${value}`),
    ).toEqual(['packets > 100', 'p95(len) <= 1.5', 'drops != 0', 'uniq(ip_src) == 3', 'avg(len) > -1']);
  });
  it.each([
    ['packets', 0, 'compares nothing'],
    ['packets>', 8, '"" is not a number'],
    ['packets>1k', 8, '"1k" is not a number'],
    ['packets>18446744073709551616', 8, 'is too large'],
    ['drops>1,packts>1', 8, 'did you mean packets?'],
    ['max(ts)>1', 0, 'is a time and no number'],
    ['packets>1 OR 1=1', 8, 'is not a number'],
  ])('%s is refused at %i', (text, offset, detail) => {
    expect(refusal(() => parseHaving([text]))).toEqual([expect.stringContaining(detail), offset]);
  });
});

describe('sort', () => {
  it('takes metrics and keys, - for the greatest first', () => {
    expect(parseSort(['-packets, ip-src,+uniq(dport)'], ['ip_src'])).toEqual([
      { by: { metric: { kind: 'count', of: 'packets' } }, descending: true },
      { by: { key: 'ip_src' }, descending: false },
      { by: { metric: { kind: 'column', fn: 'uniq', column: 'dport' } }, descending: false },
    ]);
  });
  it.each([
    ['-packets,ip_dst', 9, '"ip_dst" is not among by (ip_src)'],
    ['-time', 1, 'is not among by'],
    ['-bites', 1, 'did you mean bytes?'],
  ])('%s is refused at %i', (text, offset, detail) => {
    expect(refusal(() => parseSort([text], ['ip_src']))).toEqual([expect.stringContaining(detail), offset]);
  });
});
