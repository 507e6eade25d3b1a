import { type Agent, ApiError, type Readiness, type VisorClient } from '#api-client';
import { parseAgent } from '../agents/parse-agent.js';
import { type Health, healthOf } from '../agents/health.js';
import { exitCodes } from '../errors.js';

/** A part that the hub needs, or that it serves with. */
export interface PartStatus {
  readonly ok: boolean;
  /** What is wrong; null where nothing is. */
  readonly fault: string | null;
  /** Since when, RFC 3339; null where nothing is wrong, or it is not known. */
  readonly since: string | null;
}

export interface Status {
  readonly hub: string;
  /** Whether the hub can do its work. */
  readonly ready: boolean;
  /** nats, clickhouse; tokens and certificate where the hub has them. */
  readonly parts: Readonly<Record<string, PartStatus>>;
  /** null where a hub that is not ready does not tell. */
  readonly agents: readonly (Agent & { readonly health: Health })[] | null;
}

const part = (told: string, since: string | undefined): PartStatus => ({
  ok: told === 'ok',
  fault: told === 'ok' ? null : told,
  since: since ?? null,
});

/** @throws ApiError */
export async function readStatus(client: VisorClient, signal: AbortSignal): Promise<Status> {
  const readiness: Readiness = await client.readiness(signal);
  const { nats, nats_since, clickhouse, clickhouse_since, tokens, certificate } = readiness;
  const agents = await client.agents(signal).catch((error: unknown) => {
    if (readiness.status === 'ok' || !(error instanceof ApiError)) throw error;
    return null;
  });
  return {
    hub: client.host,
    ready: readiness.status === 'ok',
    parts: {
      nats: part(nats, nats_since),
      clickhouse: part(clickhouse, clickhouse_since),
      ...(tokens !== undefined && { tokens: part(tokens, undefined) }),
      ...(certificate !== undefined && { certificate: part(certificate, undefined) }),
    },
    agents: agents?.map(parseAgent).map((agent) => ({ health: healthOf(agent), ...agent })) ?? null,
  };
}

/** @returns 5 where the hub cannot do its work, 1 where an agent is silent or all is well but nobody is there, else 0 */
export function exitOf({ ready, agents }: Status): number {
  if (!ready || !agents) return exitCodes.failed;
  const missing = agents.length === 0 || agents.some(({ health }) => health === 'silent');
  return missing ? exitCodes.nothing : exitCodes.found;
}
