import { hostname } from 'node:os';
import { duration, integer, list, oneOf, Setting, size, text, url } from '#app-kit';
import { type OnlyWord, onlyWords } from '#nftrace';
import { HOST } from './capture/namespaces.js';
import { EventsConfig } from './events/events.config.js';

const MiB = 2 ** 20;

/** Every setting of pkt-tracer; `pkt-tracer --help` prints this table. */
export class AgentConfig extends EventsConfig {
  @Setting('telemetry.useragent', 'Name of this agent, in subjects and rows', text())
  agentId = hostname();

  @Setting('telemetry.endpoint', 'Where /healthz, /readyz and /metrics are served', url(['http', 'tcp']))
  endpoint = 'http://127.0.0.1:5000';

  @Setting(
    'capture.netns',
    "Network namespaces to trace: the agent's own, some by name or path, or all that have a name",
    list({ pattern: /[^,]+/, allowed: 'host, all-named, names of `ip netns`, paths' }, { optional: true }),
  )
  netns: readonly string[] = [HOST];

  @Setting(
    'capture.only',
    'The packets to report: by their fate, or that a policy decided; nothing = all',
    list({ words: onlyWords }, { optional: true }),
  )
  only: readonly OnlyWord[] = [];

  @Setting(
    'capture.receive-buffer',
    "The netlink socket's receive buffer",
    size({ min: MiB, max: 1024 * MiB }),
  )
  receiveBufferBytes = 64 * MiB;

  @Setting(
    'ruleset.max_set_elements',
    'A set with more elements is told with their number alone; 0 = every set',
    integer({ min: 0, max: 100_000 }),
  )
  maxSetElements = 1000;

  @Setting(
    'batch.max-rows',
    'A batch is sent when it has this many rows',
    integer({ min: 4096, max: 65_536 }),
  )
  maxBatchRows = 16_384;

  @Setting('batch.linger', 'or when its first row is this old', duration({ min: 5, max: 60_000 }))
  linger_ms = 100;

  @Setting(
    'publish.queue',
    'Batches in memory, until they are stored; when it is full the oldest go, counted',
    size({ min: MiB, max: 16_384 * MiB }),
  )
  queueBytes = 64 * MiB;

  @Setting(
    'spool.dir',
    'Directory that keeps batches over restarts until they are stored; nothing = memory only',
    text({ optional: true, allowed: 'the path of a directory, or nothing' }),
  )
  spoolDir = '';

  @Setting(
    'spool.max_bytes',
    'What the spool may take on disk; when it is full the oldest batches go, counted',
    size({ min: MiB, max: 16 * 1024 * 1024 * MiB }),
  )
  spoolBytes = 1024 * MiB;

  @Setting(
    'spool.sync',
    'When the spool is forced to the disk: with each write, every second, or by the kernel',
    oneOf(['always', 'interval', 'never']),
  )
  spoolSync: 'always' | 'interval' | 'never' = 'interval';

  @Setting(
    'spool.mode',
    'What goes to disk: each batch before it is published, or only what memory has no room for',
    oneOf(['always', 'overflow']),
  )
  spoolMode: 'always' | 'overflow' = 'always';

  @Setting(
    'limits.max-packets-per-second',
    'Packets whose rows are published; of more a sample is, and every drop; 0 = all',
    integer({ min: 0, max: 100_000_000 }),
  )
  maxPacketsPerSecond = 0;

  @Setting(
    'limits.max-memory',
    'Memory of the agent; what finds no room is left out, counted',
    size({ min: 128 * MiB, max: 1024 * 1024 * MiB }),
  )
  maxMemoryBytes = 1024 * MiB;
}
