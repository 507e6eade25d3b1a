import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { type GrpcObject, loadPackageDefinition, type ServiceClientConstructor } from '@grpc/grpc-js';
import { loadSync } from '@grpc/proto-loader';

/** The .proto files stand beside the sources; the build copies none of them: seen from there, from a bundle, from a module. */
const places = ['../proto', '../../libs/sgroups/proto', '../../../../libs/sgroups/proto'].map((place) =>
  join(import.meta.dirname, place),
);

/** google.protobuf.Timestamp */
export interface Timestamp {
  /** A decimal number */
  readonly seconds: string;
  readonly nanos: number;
}

export interface SyncStatusResp {
  readonly updated_at: Timestamp | null;
}

export interface NetworkMessage {
  readonly name: string;
  readonly network: { readonly CIDR: string } | null;
}

export interface SecGroupMessage {
  readonly name: string;
  readonly networks: readonly string[];
}

export interface ListNetworksResp {
  readonly networks: readonly NetworkMessage[];
}

export interface ListSecurityGroupsResp {
  readonly groups: readonly SecGroupMessage[];
}

/** Messages of a field that an answer lacks have its default, a message null. */
const options = { keepCase: true, longs: String, enums: String, defaults: true, oneofs: true };

/** @returns the client class of SecGroupService; its `service` is what a server serves */
export function secGroupService(): ServiceClientConstructor {
  const includeDirs = places.filter((place) => existsSync(place)).slice(0, 1);
  const definition = loadSync('wb/v2/sgroups.proto', { ...options, includeDirs });
  const wb = loadPackageDefinition(definition)['wb'] as GrpcObject;
  const sgroups = (wb['v2'] as GrpcObject)['sgroups'] as GrpcObject;
  return sgroups['SecGroupService'] as ServiceClientConstructor;
}

/** @returns RFC 3339 with as many digits as the time has, so that two times that differ have texts that do */
export function timestampText({ seconds, nanos }: Timestamp): string {
  const whole = new Date(Number(seconds) * 1000).toISOString().slice(0, 19);
  const fraction = String(nanos).padStart(9, '0').replace(/0+$/, '');
  return fraction === '' ? `${whole}Z` : `${whole}.${fraction}Z`;
}
