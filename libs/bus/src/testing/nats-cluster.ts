import { setTimeout as sleep } from 'node:timers/promises';
import { jetstreamManager } from '@nats-io/jetstream';
import { connect } from '@nats-io/transport-node';
import { freePort } from './free-port.js';
import { NatsServer } from './nats-server.js';

/** Real nats-servers as one cluster on loopback. End it with `destroy`. */
export class NatsCluster {
  private constructor(readonly servers: readonly NatsServer[]) {}

  /** @returns the cluster when its JetStream has a leader */
  static async start(size = 3): Promise<NatsCluster> {
    const cluster = await NatsCluster.prepare(size);
    await Promise.all(cluster.servers.map((server) => server.start()));
    await cluster.untilLed();
    return cluster;
  }

  /** @returns servers that are not started yet */
  static async prepare(size = 3): Promise<NatsCluster> {
    const ports = await Promise.all(Array.from({ length: size }, () => freePort()));
    const routes = ports.map((port) => `nats-route://127.0.0.1:${port}`).join(', ');
    const servers = ports.map((port, at) =>
      NatsServer.prepare({
        config: `server_name: n${at + 1}\ncluster { name: visor, listen: "127.0.0.1:${port}", routes: [${routes}] }`,
      }),
    );
    return new NatsCluster(await Promise.all(servers));
  }

  /** All servers, separated by commas. */
  get url(): string {
    return this.servers.map(({ url }) => url).join(',');
  }

  /** @returns the servers that keep a stream: the leader first */
  async keepersOf(stream: string): Promise<NatsServer[]> {
    const connection = await connect({ servers: this.servers.map(({ url }) => url) });
    try {
      const { cluster } = await (await jetstreamManager(connection)).streams.info(stream);
      const names = [cluster?.leader, ...(cluster?.replicas ?? []).map(({ name }) => name)];
      return names.flatMap((name) => this.servers[Number(name?.slice(1)) - 1] ?? []);
    } finally {
      await connection.close();
    }
  }

  /** Waits until JetStream answers. */
  async untilLed(): Promise<void> {
    for (;;) {
      const servers = this.servers.filter(({ pid }) => pid !== undefined).map(({ url }) => url);
      const connection = await connect({ servers });
      const led = await jetstreamManager(connection, { timeout: 1000 }).then(
        () => true,
        () => false,
      );
      await connection.close();
      if (led) return;
      await sleep(100);
    }
  }

  async destroy(): Promise<void> {
    await Promise.all(this.servers.map((server) => server.destroy()));
  }
}
