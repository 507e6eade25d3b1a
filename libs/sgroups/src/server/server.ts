import { Server, ServerCredentials, type ServiceDefinition } from '@grpc/grpc-js';
import { secGroupService } from '../service.js';
import { handlers, type Intercept } from './handlers.js';
import { SgroupsStore } from './store.js';

export interface ServerTls {
  readonly key: Buffer;
  readonly certificate: Buffer;
}

/** A small server of the service's API, in memory: for tests and demos. */
export class SgroupsServer {
  readonly store = new SgroupsStore();
  /** See Intercept; passes everything on */
  intercept: Intercept = (_method, answer) => answer;
  #server: Server | undefined;
  #port = 0;

  /** Where it listens, once started */
  get port(): number {
    return this.#port;
  }

  /**
   * @param listen `host:port`; port 0 = a free one
   * @throws Error where the address is in use or is none
   */
  async start(listen: string, tls?: ServerTls): Promise<void> {
    const server = new Server({ 'grpc.max_receive_message_length': -1 });
    server.addService(
      passingBytes(secGroupService().service),
      handlers(this.store, (method, answer) => this.intercept(method, answer)),
    );
    const credentials = tls
      ? ServerCredentials.createSsl(null, [{ private_key: tls.key, cert_chain: tls.certificate }])
      : ServerCredentials.createInsecure();
    this.#port = await new Promise<number>((resolve, reject) =>
      server.bindAsync(listen, credentials, (error, port) => (error ? reject(error) : resolve(port))),
    );
    this.#server = server;
  }

  /** Hangs up on all clients, as when it is killed. The store stays. */
  kill(): void {
    this.#server?.forceShutdown();
    this.#server = undefined;
  }
}

/** The service, with answers that are bytes sent as they are. */
function passingBytes(service: ServiceDefinition): ServiceDefinition {
  const methods = Object.entries(service).map(([name, method]) => {
    const responseSerialize = (answer: object): Buffer =>
      Buffer.isBuffer(answer) ? answer : method.responseSerialize(answer);
    return [name, { ...method, responseSerialize }];
  });
  return Object.fromEntries(methods) as ServiceDefinition;
}
