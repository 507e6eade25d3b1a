import { describe, expect, it } from 'vitest';
import { topQuery } from './top.js';

describe('topQuery', () => {
  it.each([
    ['talkers', undefined, { by: 'ip_src', select: 'packets,bytes,drops', sort: '-packets' }],
    ['ports', 'bytes', { by: 'proto,dport', select: 'bytes,packets,drops', sort: '-bytes' }],
    ['agents', 'flows', { by: 'agent_id', select: 'flows,packets,bytes,drops', sort: '-flows' }],
    ['talkers', 'drops', { select: 'drops,packets,bytes', sort: '-drops', having: 'drops>0' }],
    ['drops', undefined, { select: 'drops,packets,uniq(ip_src)', sort: '-drops', having: 'drops>0' }],
    ['drops', 'bytes', { select: 'bytes,drops,packets,uniq(ip_src)', sort: '-bytes', having: 'drops>0' }],
  ] as const)('asks for the top %s by %s', (subject, metric, expected) => {
    const query = topQuery(subject, metric, 7);
    expect(query).toMatchObject({ ...expected, limit: '7', others: 'true' });
    if (!('having' in expected)) expect(query).not.toHaveProperty('having');
  });
});
