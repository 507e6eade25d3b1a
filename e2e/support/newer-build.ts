import { cpSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { schemaVersion } from '#wire';
import { type Lab } from './lab.js';
import { projectRoot } from './root.js';

/** The schema version of the newer build. */
export const newerSchema = schemaVersion + 1;
/** The column that the newer build has more: the length in a UDP header. */
export const newerColumn = 'udp_len';

interface Change {
  readonly file: string;
  readonly before: string;
  readonly after: string;
}

const tcpAck = "{ name: 'tcp_ack', kind: 'u32', group: 'transport', doc: 'TCP acknowledgement number' },";

/** The steps of docs/adding-a-column.md, in JavaScript. */
const changes: readonly Change[] = [
  {
    file: 'libs/wire/src/encode.js',
    before: `schemaVersion = ${schemaVersion};`,
    after: `schemaVersion = ${newerSchema};`,
  },
  {
    file: 'libs/columns/src/columns.js',
    before: tcpAck,
    after: `${tcpAck} { name: '${newerColumn}', kind: 'u16', group: 'transport', doc: 'UDP length' },`,
  },
  { file: 'libs/nftrace/src/segments.js', before: "'tcp_ack',", after: `'tcp_ack', '${newerColumn}',` },
  {
    file: 'libs/nftrace/src/headers/transport.js',
    before: 'case IPPROTO.UDP:',
    after: `case IPPROTO.UDP: if (length >= 6) data.${newerColumn}[segment] = u16be(bytes, at + 4);`,
  },
];

/**
 * Makes the programs as a later Visor may be: a copy of what was built, with one column and one schema version more.
 * @returns its directory, to be given as `build`
 * @throws where what was built has no such lines (any more)
 */
export function newerBuild(lab: Lab): string {
  const root = lab.directory('newer');
  cpSync(join(projectRoot, 'dist'), join(root, 'dist'), { recursive: true });
  cpSync(join(projectRoot, 'package.json'), join(root, 'package.json'));
  for (const shared of ['node_modules', 'libs', 'apps']) {
    symlinkSync(join(projectRoot, shared), join(root, shared));
  }
  for (const { file, before, after } of changes) {
    const path = join(root, 'dist', file);
    const text = readFileSync(path, 'utf8');
    if (text.split(before).length !== 2) throw new Error(`${path} has not one "${before}"; was it built?`);
    writeFileSync(path, text.replace(before, after));
  }
  return root;
}
