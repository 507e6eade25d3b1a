import {
  type Client,
  type ClientReadableStream,
  type ClientUnaryCall,
  type ServiceError,
  status,
} from '@grpc/grpc-js';
import { readLists, readStatus } from './answers.js';
import { grpcTarget } from './address.js';
import { type SgroupsData } from './data.js';
import { SgroupsError } from './errors.js';
import {
  type ListNetworksResp,
  type ListSecurityGroupsResp,
  secGroupService,
  type SyncStatusResp,
} from './service.js';
import { channelCredentials, type SgroupsTls } from './tls.js';

export interface ServiceOptions {
  /** `tcp://host:port` or `host:port` */
  readonly address: string;
  /** undefined = no TLS */
  readonly tls?: SgroupsTls | undefined;
  /** For each call, ms */
  readonly deadline_ms: number;
}

/** 100,000 networks have some 5 MB; gRPC's own limit is 4 */
const MOST_ANSWER_BYTES = 256 * 2 ** 20;
/** A list that changes while it is read is read again, so often */
const TRIES = 5;

/** One connection to the service. */
export class SgroupsClient {
  readonly #client: Client;
  readonly #methods;
  readonly #address: string;
  readonly #deadline_ms: number;
  readonly #pending = new Set<ClientUnaryCall>();

  /** @throws SgroupsError `bad_option` */
  constructor({ address, tls, deadline_ms }: ServiceOptions) {
    const Service = secGroupService();
    this.#address = address;
    this.#deadline_ms = deadline_ms;
    this.#methods = Service.service;
    this.#client = new Service(grpcTarget(address), channelCredentials(tls), {
      'grpc.max_receive_message_length': MOST_ANSWER_BYTES,
      // a new client is a new connection: the old one may be the reason for it
      'grpc.use_local_subchannel_pool': 1,
      ...(tls?.serverName && { 'grpc.ssl_target_name_override': tls.serverName }),
    });
  }

  /** Ends it; calls that wait for their answer fail. */
  close(): void {
    for (const call of this.#pending) call.cancel();
    this.#client.close();
  }

  /** @returns when the service's data was made (RFC 3339); undefined = never yet @throws SgroupsError */
  async status(): Promise<string | undefined> {
    try {
      return readStatus(await this.#call<SyncStatusResp>('SyncStatus', {}));
    } catch (error) {
      if (isNotFound(error)) return undefined;
      throw this.#explained(error, 'SyncStatus');
    }
  }

  /**
   * Listens to the service's changes until `signal` aborts.
   * @param changed is called with when the data was made, at each change
   * @throws SgroupsError when the service ends it
   */
  async listen(changed: (updatedAt: string) => void, signal: AbortSignal): Promise<void> {
    const { path, requestSerialize, responseDeserialize } = this.#method('SyncStatuses');
    const stream: ClientReadableStream<SyncStatusResp> = this.#client.makeServerStreamRequest(
      path,
      requestSerialize,
      responseDeserialize as (bytes: Buffer) => SyncStatusResp,
      {},
    );
    const cancel = (): void => stream.cancel();
    signal.addEventListener('abort', cancel);
    try {
      for await (const message of stream) changed(readStatus(message as SyncStatusResp));
    } catch (error) {
      if (signal.aborted || isNotFound(error)) return;
      throw this.#explained(error, 'SyncStatuses');
    } finally {
      signal.removeEventListener('abort', cancel);
      stream.cancel();
    }
    if (!signal.aborted) throw this.#error('SyncStatuses', 'was ended by the service');
  }

  /**
   * Both lists, of one state.
   * @param updatedAt what `status` said before
   * @throws SgroupsError
   */
  async lists(updatedAt: string): Promise<{ data: SgroupsData; updatedAt: string }> {
    let before: string | undefined = updatedAt;
    for (let attempt = 0; attempt < TRIES; attempt++) {
      const data = await this.#lists();
      const after = await this.status();
      if (after !== undefined && after === before) return { data, updatedAt: after };
      before = after;
    }
    const text = `the lists of ${this.#address} changed while they were read, ${TRIES} times in a row`;
    throw new SgroupsError('fetch', 'changing', text);
  }

  async #lists(): Promise<SgroupsData> {
    try {
      const networks = this.#call<ListNetworksResp>('ListNetworks', { network_names: [] });
      const groups = this.#call<ListSecurityGroupsResp>('ListSecurityGroups', { sg_names: [] });
      return readLists(...(await Promise.all([networks, groups])));
    } catch (error) {
      throw this.#explained(error, 'ListNetworks and ListSecurityGroups');
    }
  }

  #method(name: string) {
    const method = this.#methods[name];
    if (!method) throw new SgroupsError('connect', 'bad_option', `the service has no method ${name}`);
    return method;
  }

  #call<Answer>(name: string, request: object): Promise<Answer> {
    const { path, requestSerialize, responseDeserialize } = this.#method(name);
    const deadline = Date.now() + this.#deadline_ms;
    return new Promise((resolve, reject) => {
      const settle = (error: ServiceError | null, answer?: Answer): void => {
        this.#pending.delete(call);
        if (error) reject(error);
        else resolve(answer as Answer);
      };
      const deserialize = responseDeserialize as (bytes: Buffer) => Answer;
      const call = this.#client.makeUnaryRequest(
        path,
        requestSerialize,
        deserialize,
        request,
        { deadline },
        settle,
      );
      this.#pending.add(call);
    });
  }

  #error(what: string, problem: string, options?: ErrorOptions): SgroupsError {
    return new SgroupsError('fetch', 'unavailable', `${what} of ${this.#address} ${problem}`, options);
  }

  /** One sentence that is the same for the same cause: it is said once. */
  #explained(cause: unknown, what: string): SgroupsError {
    if (cause instanceof SgroupsError) return cause;
    const { code, details, message } = cause as ServiceError;
    if (code === status.DEADLINE_EXCEEDED) {
      return this.#error(what, `did not answer within ${this.#deadline_ms} ms`, { cause });
    }
    if (code === status.UNIMPLEMENTED) {
      const how = what === 'SyncStatuses' ? '; mode pull does without it' : ': it may be another service';
      return this.#error(what, `is not known there${how}`, { cause });
    }
    const reason = (details || message).replace(/\s+/g, ' ').slice(0, 300);
    return this.#error(what, `failed: ${status[code] ?? 'UNKNOWN'}: ${reason}`, { cause });
  }
}

function isNotFound(error: unknown): boolean {
  return (error as Partial<ServiceError>).code === status.NOT_FOUND;
}
