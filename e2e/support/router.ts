import { type Lab } from './lab.js';
import { link, type Namespace } from './namespaces.js';

/** 10.1.0.1 `client` eth0 — in 10.1.0.2 `fw` out 10.2.0.1 — eth0 10.2.0.2 `server` */
export interface Router {
  readonly client: Namespace;
  /** It forwards IPv4, and has no ruleset yet. */
  readonly fw: Namespace;
  readonly server: Namespace;
}

export async function makeRouter(lab: Lab): Promise<Router> {
  const client = await lab.namespace('client');
  const fw = await lab.namespace('fw');
  const server = await lab.namespace('server');
  await link(
    { namespace: client, name: 'eth0', addresses: ['10.1.0.1/24'] },
    { namespace: fw, name: 'in', addresses: ['10.1.0.2/24'] },
  );
  await link(
    { namespace: fw, name: 'out', addresses: ['10.2.0.1/24'] },
    { namespace: server, name: 'eth0', addresses: ['10.2.0.2/24'] },
  );
  await client.ip('route', 'add', 'default', 'via', '10.1.0.2');
  await server.ip('route', 'add', 'default', 'via', '10.2.0.1');
  await fw.sysctl('net/ipv4/ip_forward', 1);
  return { client, fw, server };
}
