import { describe, expect, it } from 'vitest';
import { clustered } from './cluster.js';
import { createMigrations, tableSettings, type TableOptions } from './ddl.js';
import { migrations } from './migrations.js';

const ddl = (options: TableOptions): string =>
  [createMigrations(options), ...migrations.flatMap(({ statements }) => statements(options))]
    .flatMap((sql) => clustered(sql, options.cluster))
    .map((sql) => `${sql};\n`)
    .join('\n');

describe('DDL', () => {
  it('of an embedded database is as in golden/embedded.sql', async () => {
    await expect(ddl({ ttlDays: 7, flowsTtlDays: 90, settings: tableSettings(true) })).toMatchFileSnapshot(
      '../golden/embedded.sql',
    );
  });

  it('of a server is as in golden/server.sql', async () => {
    await expect(
      ddl({ ttlDays: 30, flowsTtlDays: 90, settings: tableSettings(undefined) }),
    ).toMatchFileSnapshot('../golden/server.sql');
  });

  it('of a cluster is as in golden/cluster.sql', async () => {
    const options = { ttlDays: 30, flowsTtlDays: 90, settings: tableSettings(undefined), cluster: 'visor' };
    await expect(ddl(options)).toMatchFileSnapshot('../golden/cluster.sql');
  });
});
