import { readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { EmbeddedEngine } from '../embedded.js';
import { HttpFront } from './http-front.js';

/**
 * A ClickHouse server's stand-in as a program of its own, which tests stop and kill:
 * `node dist/libs/clickhouse/src/testing/front.js --dir DIR [--port PORT] [--tls-key FILE --tls-cert FILE]`.
 * It says `listening on 127.0.0.1:PORT` and takes `PUT /faults`. Users: see front-users.ts.
 */
const { values } = parseArgs({
  options: {
    dir: { type: 'string' },
    port: { type: 'string', default: '0' },
    'tls-key': { type: 'string' },
    'tls-cert': { type: 'string' },
  },
});
if (values.dir === undefined) throw new Error('--dir is missing: the directory of the database');
const engine = await EmbeddedEngine.open(values.dir);
const read = (file: string): string => readFileSync(file, 'utf8');
const tls =
  values['tls-key'] && values['tls-cert']
    ? { tls: { key: read(values['tls-key']), cert: read(values['tls-cert']) } }
    : {};
const front = await HttpFront.start(engine, { port: Number(values.port), ...tls });
process.stdout.write(`listening on ${front.host}\n`);
process.once('SIGTERM', () => void front.stop().then(() => engine.close()));
