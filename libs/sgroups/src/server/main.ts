// scripts/sgroups-dev: the security groups' service in memory, from a YAML file.
import { readFile } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import { compile } from '../compile.js';
import { readFileText } from '../file-pieces.js';
import { FileWatcher } from '../watch-file.js';
import { SgroupsServer } from './server.js';

const usage = `Serves wb.v2.sgroups.SecGroupService over gRPC, from a YAML file that is read again when it changes.

  ./scripts/sgroups-dev --data FILE [--listen HOST:PORT]

  --data FILE         networks and groups, in the form of docs/security-groups.md
  --listen HOST:PORT  default 127.0.0.1:9006; there is no login: let others reach it only where that is wanted`;

function options(): { data: string; listen: string } {
  const { values } = parseArgs({
    options: {
      data: { type: 'string' },
      listen: { type: 'string', default: '127.0.0.1:9006' },
      help: { type: 'boolean', short: 'h', default: false },
    },
  });
  if (values.help) {
    console.log(usage);
    process.exit(0);
  }
  if (!values.data) throw new Error('--data is missing; --help tells what is taken');
  return { data: values.data, listen: values.listen };
}

async function main(): Promise<void> {
  const { data: path, listen } = options();
  const server = new SgroupsServer();
  await server.start(listen);
  console.log(`sgroups-dev: ${listen.replace(/:0$/, `:${server.port}`)} serves ${path}; Ctrl-C stops it`);
  const read = async (missing: Error | undefined): Promise<void> => {
    try {
      if (missing) throw missing;
      const data = await readFileText(await readFile(path, 'utf8'), path);
      for (const problem of compile(data).problems) console.error(`sgroups-dev: ${problem}`);
      server.store.replace(data);
      console.log(`sgroups-dev: synced ${data.networks.length} networks, ${data.groups.length} groups`);
    } catch (error) {
      console.error(`sgroups-dev: ${(error as Error).message}; the data read last stays`);
    }
  };
  const watcher = new FileWatcher(path, read);
  watcher.start();
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.once(signal, () => {
      watcher.stop();
      server.kill();
    });
  }
}

main().catch((error: unknown) => {
  console.error(`sgroups-dev: ${(error as Error).message}`);
  process.exitCode = 1;
});
