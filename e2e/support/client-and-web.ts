import { type Lab } from './lab.js';
import { link, type Namespace } from './namespaces.js';

/** Two hosts and the cable between them. */
export interface ClientAndWeb {
  /** 10.9.0.1, behind its `eth0`. */
  readonly client: Namespace;
  /** 10.9.0.2, behind its `wan`. */
  readonly web: Namespace;
}

/** @param ipv6 also fd09::1 and fd09::2 */
export async function clientAndWeb(lab: Lab, { ipv6 = false } = {}): Promise<ClientAndWeb> {
  const [client, web] = [await lab.namespace('client'), await lab.namespace('web')];
  const addresses = (host: number): string[] => [`10.9.0.${host}/24`, ...(ipv6 ? [`fd09::${host}/64`] : [])];
  await link(
    { namespace: client, name: 'eth0', addresses: addresses(1) },
    { namespace: web, name: 'wan', addresses: addresses(2) },
  );
  return { client, web };
}
