import { ApiError, type Packet, type PacketCandidate, type Query } from '#api-client';
import { CliError } from '../errors.js';
import { type Session } from '../session.js';

/** @returns the candidates as lines: id, time, agent, who to whom */
function candidateLines(candidates: readonly PacketCandidate[], { clock }: Session): string {
  const times = clock();
  return candidates
    .map(({ packet_id, ts, agent_id, ip_src, ip_dst }) =>
      [`\n  ${packet_id.padEnd(20)}`, times.show(ts), agent_id, `${ip_src || '-'} -> ${ip_dst || '-'}`].join(
        '  ',
      ),
    )
    .join('');
}

/**
 * @param id of the packet, or its first digits
 * @throws ApiError; CliError `usage` where several packets begin so, with a line for each
 */
export async function findPacket(id: string, query: Query, session: Session): Promise<Packet> {
  try {
    const packet = await session.client.packet(id, query, session.signal);
    if (Array.isArray(packet.path)) return packet;
  } catch (error) {
    const candidates = error instanceof ApiError ? error.problem?.candidates : undefined;
    if (!(error instanceof ApiError) || !candidates) throw error;
    const message = `${error.message}${candidateLines(candidates, session)}`;
    throw new CliError('packet', 'usage', message, { cause: error });
  }
  throw new CliError('packet', 'protocol', 'the hub answers with what is no packet; is it of this version?');
}
