import { join } from 'node:path';
import { type Lab } from './lab.js';
import { projectRoot } from './root.js';

/** Of each lab, by the database's directory */
const servers = new WeakMap<Lab, Map<string, Promise<string>>>();

/**
 * What the hub is to keep its rows in. With VISOR_TEST_STORAGE=http it is a server, which outlives hubs: the front of
 * libs/clickhouse that speaks ClickHouse's HTTP interface; else the hub's own engine.
 * @param data the database's directory @returns setting storage.clickhouse.url
 */
export function storageUrl(lab: Lab, data: string): Promise<string> {
  if (process.env['VISOR_TEST_STORAGE'] !== 'http') return Promise.resolve(`embedded:${data}`);
  const known = servers.get(lab) ?? new Map<string, Promise<string>>();
  servers.set(lab, known);
  const url = known.get(data) ?? startServer(lab, data);
  known.set(data, url);
  return url;
}

async function startServer(lab: Lab, data: string): Promise<string> {
  const program = join(projectRoot, 'dist/libs/clickhouse/src/testing/front.js');
  const server = lab.start({ name: 'clickhouse', command: [process.execPath, program, '--dir', data] });
  await server.untilOutput(/listening on \S+/);
  const host = /listening on (\S+)/.exec(server.stdout)?.[1] ?? '';
  return `http://visor:secret@${host}/default`;
}
