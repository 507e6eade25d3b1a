import { Readable } from 'node:stream';
import { type FastifyReply } from 'fastify';
import { contentTypes } from './accept.js';
import { type RowFormat } from './row-query.js';

/**
 * Sends an answer piece by piece, at the client's pace. It waits for the first piece: a query that fails before is
 * answered with a problem; one that fails later cuts the connection, so that nobody takes the part for the whole.
 */
export async function sendPieces(
  reply: FastifyReply,
  format: RowFormat,
  pieces: AsyncGenerator<Uint8Array | string>,
): Promise<void> {
  const first = await pieces.next();
  const body = (async function* () {
    if (first.done) return;
    yield first.value;
    yield* pieces;
  })();
  const stream = Readable.from(body, { objectMode: false });
  // Of a client that is gone already nothing is read, so nothing of the body runs: the query is ended from here.
  stream.once('close', () => void pieces.return(undefined).catch(() => undefined));
  void reply.header('content-type', contentTypes[format]).send(stream);
}
