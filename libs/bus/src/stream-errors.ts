import { JetStreamApiError } from '@nats-io/jetstream';
import { RequestError, TimeoutError } from '@nats-io/transport-node';
import { BusError, causesOf, type BusErrorCode } from './error.js';

/** Of the codes in errors.json of nats-server, those that are met here. */
export const api = {
  accountResources: 10002,
  noPeers: 10005,
  notAvailable: 10008,
  notLeader: 10009,
  insufficientResources: 10023,
  maximumConsumers: 10026,
  maximumStreams: 10027,
  memoryExceeded: 10028,
  notEnabledForAccount: 10039,
  /** What streams may take is set aside, and that is all there is. */
  storageExceeded: 10047,
  nameInUse: 10058,
  streamNotFound: 10059,
  subjectsOverlap: 10065,
  replicasNotSupported: 10074,
  notEnabled: 10076,
  storeFailed: 10077,
  maxBytesRequired: 10113,
  streamOffline: 10118,
  maxStreamBytes: 10122,
} as const;

interface Explanation {
  readonly code: BusErrorCode;
  /** What to do. */
  readonly mend: string;
}

const full = (mend: string): Explanation => ({ code: 'full', mend });
const noJetStream: Explanation = {
  code: 'no_jetstream',
  mend: 'put "jetstream: enabled" into the account of this login in nats-server.conf',
};
const waiting = (mend: string): Explanation => ({ code: 'unavailable', mend });

const explanations: Readonly<Record<number, Explanation>> = {
  [api.accountResources]: full('raise the limits of this account, or remove streams of it'),
  [api.storageExceeded]: full('raise max_file_store of NATS'),
  [api.memoryExceeded]: full('raise max_memory_store of NATS'),
  [api.insufficientResources]: full('raise max_file_store of NATS, or the limits of this account'),
  [api.maximumStreams]: full('raise max_streams of this account, or remove a stream of it'),
  [api.maximumConsumers]: full('raise max_consumers of this account'),
  [api.maxStreamBytes]: full('raise what a stream of this account may take'),
  [api.maxBytesRequired]: full('allow streams without max_bytes in this account'),
  [api.notEnabledForAccount]: noJetStream,
  [api.notEnabled]: noJetStream,
  [api.replicasNotSupported]: { code: 'stream', mend: 'set nats.replicas: 1, or make it a cluster' },
  [api.noPeers]: waiting('see that as many servers of the cluster are up as nats.replicas says'),
  [api.notAvailable]: waiting('see that more than half of the servers of the cluster are up'),
  [api.notLeader]: waiting('see that more than half of the servers of the cluster are up'),
  [api.streamOffline]: waiting('see that the servers that keep it are up'),
};

/** @returns the code of JetStream's answer, if the error came from one */
export function apiCode(error: unknown): number | undefined {
  for (const cause of causesOf(error)) if (cause instanceof JetStreamApiError) return cause.code;
  return undefined;
}

const answerMissing = (error: unknown): boolean =>
  [...causesOf(error)].some(
    (cause) => cause instanceof TimeoutError || (cause instanceof RequestError && cause.isNoResponders()),
  );

/**
 * @returns whether nobody listens to JetStream's API: it is off, or beyond a leaf node that passes messages for streams
 * and not the API
 */
export const apiMissing = (error: unknown): boolean =>
  apiCode(error) === undefined &&
  [...causesOf(error)].some((cause) => cause instanceof RequestError && cause.isNoResponders());

/** @returns what keeps a stream from being looked at or made, and what to do */
export function streamError(name: string, doing: 'made' | 'looked at', cause: unknown): BusError {
  const what = `the stream ${name} cannot be ${doing}`;
  const said = cause instanceof Error ? cause.message : String(cause);
  const known = explanations[apiCode(cause) ?? 0];
  if (known) {
    return new BusError('ensure-streams', known.code, `${what}: ${said}; ${known.mend}`, { cause });
  }
  if (answerMissing(cause)) {
    const sentence = `${what}: JetStream does not answer (${said}); see that more than half of the servers of the cluster are up`;
    return new BusError('ensure-streams', 'unavailable', sentence, { cause });
  }
  return new BusError('ensure-streams', 'stream', `${what}: ${said}`, { cause });
}
