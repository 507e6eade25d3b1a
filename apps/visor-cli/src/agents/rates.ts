import { ApiError, type VisorClient } from '#api-client';

/** What of an agent's packets came in the last minutes. */
export interface Rate {
  /** A second. */
  readonly packets: number;
  readonly drops: number;
}

/** Over which time rates are the mean. */
export const RATE_SPAN = '5m';

const numberOf = (value: unknown): number => (typeof value === 'number' ? value : 0);

/**
 * @returns the rates of agents by name; an agent without packets is not there
 * @throws what the signal is aborted with
 */
export async function ratesOf(
  client: VisorClient,
  notice: (line: string) => void,
  signal: AbortSignal,
): Promise<ReadonlyMap<string, Rate> | undefined> {
  const query = { by: 'agent_id', select: 'packets/s,drops/s', since: RATE_SPAN, limit: '10000' };
  try {
    const { rows } = await client.aggregate(query, signal);
    return new Map(
      rows.map((row) => {
        const values = row as Readonly<Record<string, unknown>>;
        const rate = { packets: numberOf(values['packets/s']), drops: numberOf(values['drops/s']) };
        return [String(values['agent_id']), rate];
      }),
    );
  } catch (error) {
    // Where ClickHouse is away the heartbeats are there all the same.
    if (!(error instanceof ApiError) || error.code === 'unreachable') throw error;
    notice(`rates are not known: ${error.message}`);
    return undefined;
  }
}
