import { hostname } from 'node:os';
import { DaemonConfig, duration, integer, Setting, size, text, url } from '#app-kit';

const MiB = 2 ** 20;

/** Every setting of pkt-tracer; `pkt-tracer --help` prints this table. */
export class AgentConfig extends DaemonConfig {
  @Setting('telemetry.useragent', 'Name of this agent, in subjects and rows', text())
  agentId = hostname();

  @Setting('telemetry.endpoint', 'Where /healthz, /readyz and /metrics are served', url(['http', 'tcp']))
  endpoint = 'http://127.0.0.1:5000';

  @Setting('nats.url', 'NATS servers; a login may stand in the URL', url(['nats', 'tls'], { many: true }))
  natsUrl = 'nats://127.0.0.1:4222';

  @Setting(
    'capture.netns',
    "Network namespace to trace, by name or path; nothing = the agent's own",
    text({ optional: true }),
  )
  netns = '';

  @Setting(
    'capture.receive-buffer',
    "The netlink socket's receive buffer",
    size({ min: MiB, max: 1024 * MiB }),
  )
  receiveBufferBytes = 64 * MiB;

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
    'Batches that wait for NATS; when it is full the oldest go, counted',
    size({ min: MiB, max: 16_384 * MiB }),
  )
  queueBytes = 64 * MiB;
}
