// compile-cli.cjs BIN: writes what V8 makes of the program that BIN/run.cjs starts, so that a start need not compile it.
// V8 compiles a function when it is first called: those of a usual command are called first, with a hub of one packet.
'use strict';
const { writeFileSync } = require('node:fs');
const { createServer } = require('node:http');
const { join } = require('node:path');
const { pathToFileURL } = require('node:url');

const [bin] = process.argv.slice(2);
const { program } = require(join(bin, 'load.cjs'));
const { cacheOf, compile, start } = require('../bin/script-cache.cjs');

const packet = {
  ts: new Date().toISOString().replace('Z', '000Z'),
  ...{
    agent_id: 'web1',
    packet_id: '1',
    fate: 'dropped',
    type: 'rule',
    verdict: 'drop',
    proto: 'tcp',
    len: 60,
  },
  ...{ ip_src: '192.0.2.1', ip_dst: '192.0.2.2', sport: 1024, dport: 23, tcp_flags: ['SYN'] },
  ...{
    family: 'inet',
    table: 'filter',
    chain: 'input',
    hook: 'input',
    handle: '4',
    rule: 'tcp dport 23 drop',
  },
};

let printed = '';
process.stdout.write = (text, done) => {
  printed += text;
  done?.();
  return true;
};

const hub = createServer(({ url }, answer) => {
  answer.setHeader('content-type', 'application/x-ndjson');
  answer.end(url.startsWith('/api/v1/packets') ? `${JSON.stringify(packet)}\n` : '');
});

hub.listen(0, '127.0.0.1', async () => {
  const script = compile(program);
  const { main } = start(program, script);
  const host = `http://127.0.0.1:${hub.address().port}`;
  await main(['watch', '--last', '1', '--host', host], pathToFileURL(join(bin, 'run.cjs')).href);
  if (!printed.includes('192.0.2.2:23')) throw new Error(`${program} does not show a packet: ${printed}`);
  await main(['--help'], pathToFileURL(join(bin, 'run.cjs')).href);
  writeFileSync(cacheOf(program), script.createCachedData());
  process.exit();
});
