import { type Lab } from './lab.js';
import { link, type Namespace } from './namespaces.js';
import { Nats } from './nats.js';
import { type Daemon, type Environment, startAgent, startHub } from './programs.js';

/** What most tests of the whole begin with: a host whose firewall decides, its client, and a hub that stores its traces. */
export interface OneHost {
  /** 10.9.0.1, behind its `eth0`. */
  readonly client: Namespace;
  /** 10.9.0.2, behind its `wan`. It has no ruleset yet, and is traced by `agent`, whose id is `web1`. */
  readonly web: Namespace;
  readonly nats: Nats;
  readonly hub: Daemon;
  readonly agent: Daemon;
}

export interface OneHostOptions {
  /** Also fd09::1 and fd09::2. */
  readonly ipv6?: boolean;
  readonly agentEnv?: Environment;
}

export async function startOneHost(
  lab: Lab,
  { ipv6 = false, agentEnv = {} }: OneHostOptions = {},
): Promise<OneHost> {
  const [client, web] = [await lab.namespace('client'), await lab.namespace('web')];
  const addresses = (host: number): string[] => [`10.9.0.${host}/24`, ...(ipv6 ? [`fd09::${host}/64`] : [])];
  await link(
    { namespace: client, name: 'eth0', addresses: addresses(1) },
    { namespace: web, name: 'wan', addresses: addresses(2) },
  );
  const nats = await Nats.start(lab);
  const [hub, agent] = await Promise.all([
    startHub(lab, { natsUrl: nats.url, data: lab.directory('clickhouse') }),
    startAgent(lab, { natsUrl: nats.url, agentId: 'web1', netns: web.name, env: agentEnv }),
  ]);
  return { client, web, nats, hub, agent };
}
