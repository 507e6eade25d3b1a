import { describe, expect, it } from 'vitest';
import { createLosses, createMigrations, createTraces, tableSettings } from './ddl.js';

describe('DDL', () => {
  it('of an embedded database is as in golden/embedded.sql', async () => {
    const options = { ttlDays: 7, settings: tableSettings(true) };
    const sql = `${createMigrations(options)};\n\n${createTraces(options)};\n\n${createLosses(options)};\n`;
    await expect(sql).toMatchFileSnapshot('../golden/embedded.sql');
  });

  it('of a server is as in golden/server.sql', async () => {
    const options = { ttlDays: 30, settings: tableSettings(undefined) };
    const sql = `${createMigrations(options)};\n\n${createTraces(options)};\n\n${createLosses(options)};\n`;
    await expect(sql).toMatchFileSnapshot('../golden/server.sql');
  });
});
