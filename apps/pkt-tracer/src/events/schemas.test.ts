import { readFileSync } from 'node:fs';
import { Ajv2020 } from 'ajv/dist/2020.js';
import formats from 'ajv-formats';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { agentColumns, agentJsonRow, type ColumnDefinition, fates } from '#columns';
import { anyRow, batchOf } from '#testing/wire';
import { decodeBatch, encodeBatch } from '#wire';
import { HeldTally } from './held-tally.js';
import { eventSchema, heldSchema, schemaFiles } from './schemas.js';

const ajv = new Ajv2020({ strict: true, formats: { uint64: true } });
formats.default(ajv);

describe('the schemas of live events', () => {
  it.each(Object.entries(schemaFiles))('docs/schema/%s is current', (name, schema) => {
    const file = new URL(`../../../../docs/schema/${name}`, import.meta.url);
    const text = readFileSync(file, 'utf8');
    expect(JSON.parse(text), 'make it anew: npm run generate:schemas').toEqual(schema);
  });

  it('takes every event that a batch can bring', () => {
    const valid = ajv.compile({ ...eventSchema, $id: 'urn:test:event', additionalProperties: false });
    const enums = agentColumns.filter(({ kind }) => kind === 'enum') as readonly ColumnDefinition[];
    const legal = fc.record(
      Object.fromEntries(enums.map(({ name, values = [] }) => [name, fc.constantFrom('', ...values)])),
    );
    fc.assert(
      fc.property(anyRow, legal, (row, words) => {
        const batch = decodeBatch(encodeBatch(batchOf([{ ...row, ...words }])));
        const event: unknown = JSON.parse(JSON.stringify(agentJsonRow(batch, 0)));
        expect(valid(event), JSON.stringify([valid.errors, event])).toBe(true);
      }),
      { numRuns: 100 },
    );
  });

  it('refuses what is no event', () => {
    const valid = ajv.compile({ ...eventSchema, $id: 'urn:test:no-event' });
    const batch = decodeBatch(encodeBatch(batchOf([{ fate: 'dropped' }])));
    const event = agentJsonRow(batch, 0);
    expect(valid(event)).toBe(true);
    expect(valid({ ...event, fate: 'lost' })).toBe(false);
    expect(valid({ ...event, dport: 65_536 })).toBe(false);
    expect(valid({ ...event, packet_id: 1 })).toBe(false);
    const { dport: _, ...rest } = event;
    expect(valid(rest)).toBe(false);
  });

  it('takes the message of events that were held back', () => {
    const valid = ajv.compile({ ...heldSchema, $id: 'urn:test:held', additionalProperties: false });
    const tally = new HeldTally();
    for (const fate of fates) {
      tally.add('rate', fate, { fate, family: 'inet', table: 't', chain: 'a.b *' }, 3, 1_700_000_000_000_000);
    }
    const message = tally.message('web1', 1_700_000_001_000_000);
    expect(valid(message), JSON.stringify(valid.errors)).toBe(true);
    expect(valid({ ...message, causes: { weather: 1 } })).toBe(false);
  });
});
