import {
  type handleServerStreamingCall,
  type handleUnaryCall,
  type ServiceError,
  status,
  type UntypedServiceImplementation,
} from '@grpc/grpc-js';
import { parseCidr } from '../cidr.js';
import { type NetworkMessage, type SecGroupMessage, type SyncStatusResp } from '../service.js';
import { type SgroupsStore, type SyncOp } from './store.js';

/**
 * Comes between an answer and its way out: tests make answers late, half or wrong with it.
 * @returns the answer to give; bytes are sent as they are
 */
export type Intercept = (method: string, answer: object) => object | Promise<object>;

interface SyncReq {
  readonly sync_op: SyncOp;
  readonly networks: { readonly networks: readonly NetworkMessage[] } | null;
  readonly groups: { readonly groups: readonly SecGroupMessage[] } | null;
}

interface NamesReq {
  readonly network_names?: readonly string[];
  readonly sg_names?: readonly string[];
}

const fault = (code: status, details: string): Partial<ServiceError> => ({ code, details });

/** @returns the methods of SecGroupService over a store */
export function handlers(store: SgroupsStore, intercept: Intercept): UntypedServiceImplementation {
  const unary =
    <Request>(method: string, answer: (request: Request) => object): handleUnaryCall<Request, object> =>
    (call, reply) => {
      Promise.resolve()
        .then(() => intercept(method, answer(call.request)))
        .then(
          (value) => reply(null, value),
          (error: Partial<ServiceError>) => reply(error),
        );
    };
  return {
    Sync: unary('Sync', (request: SyncReq) => sync(store, request)),
    SyncStatus: unary('SyncStatus', () => currentStatus(store)),
    SyncStatuses: statuses(store, intercept),
    ListNetworks: unary('ListNetworks', ({ network_names = [] }: NamesReq) => ({
      networks: chosen(store.data.networks, network_names).map(({ name, cidr }) => ({
        name,
        network: { CIDR: cidr },
      })),
    })),
    ListSecurityGroups: unary('ListSecurityGroups', ({ sg_names = [] }: NamesReq) => ({
      groups: chosen(store.data.groups, sg_names),
    })),
  };
}

function currentStatus({ updatedAt }: SgroupsStore): SyncStatusResp {
  if (!updatedAt) throw fault(status.NOT_FOUND, 'nothing was synced yet') as Error;
  return { updated_at: updatedAt };
}

function statuses(store: SgroupsStore, intercept: Intercept): handleServerStreamingCall<unknown, object> {
  return (call) => {
    const send = (updated_at: SyncStatusResp['updated_at']): void => {
      const answer = Promise.resolve().then(() => intercept('SyncStatuses', { updated_at }));
      answer.then(
        (value) => call.write(value),
        (error: Error) => call.emit('error', error),
      );
    };
    if (store.updatedAt) send(store.updatedAt);
    call.on('cancelled', store.onChange(send));
  };
}

function chosen<T extends { name: string }>(all: readonly T[], names: readonly string[]): readonly T[] {
  if (names.length === 0) return all;
  const wanted = new Set(names);
  return all.filter(({ name }) => wanted.has(name));
}

function sync(store: SgroupsStore, { sync_op, networks, groups }: SyncReq): object {
  if (networks) {
    const given = networks.networks.map(({ name, network }) => ({ name, cidr: network?.CIDR ?? '' }));
    const bad = given.find(({ cidr }) => parseCidr(cidr) === undefined);
    if (bad && sync_op !== 'Delete') {
      throw fault(status.INVALID_ARGUMENT, `network ${bad.name}: "${bad.cidr}" is no CIDR`) as Error;
    }
    store.syncNetworks(sync_op, given);
  }
  if (groups) store.syncGroups(sync_op, groups.groups);
  return {};
}
