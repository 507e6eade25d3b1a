import { clientAndWeb, type ClientAndWeb } from './client-and-web.js';
import { type Lab } from './lab.js';
import { Nats } from './nats.js';
import { type Daemon, type Environment, startAgent, startHub } from './programs.js';

/** What most tests of the whole begin with: a host whose firewall decides, its client, and a hub that stores its traces. */
export interface OneHost extends ClientAndWeb {
  readonly nats: Nats;
  readonly hub: Daemon;
  /** `web1`; it traces `web`, which has no ruleset yet. */
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
  const { client, web } = await clientAndWeb(lab, { ipv6 });
  const nats = await Nats.start(lab);
  const [hub, agent] = await Promise.all([
    startHub(lab, { natsUrl: nats.url, data: lab.directory('clickhouse') }),
    startAgent(lab, { natsUrl: nats.url, agentId: 'web1', netns: web.name, env: agentEnv }),
  ]);
  return { client, web, nats, hub, agent };
}
