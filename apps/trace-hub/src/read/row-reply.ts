import { Readable } from 'node:stream';
import { type FastifyReply } from 'fastify';
import { contentTypes } from './accept.js';
import { type RowFormat } from './row-query.js';

/**
 * Answers HEAD where the body has any length, or no end: as GET would begin. There is no Content-Length, which nobody knows
 * before the body is made; fastify would read all of it, and of no body at all it says that it has 0 bytes.
 */
export function sendHead(reply: FastifyReply, contentType: string): void {
  void reply.header('content-type', contentType).send(Readable.from([]));
}

/**
 * Sends an answer piece by piece, at the client's pace. It waits for the first piece: a query that fails before is
 * answered with a problem; one that fails later cuts the connection, so that nobody takes the part for the whole. Of HEAD
 * nothing is read.
 */
export async function sendPieces(
  reply: FastifyReply,
  format: RowFormat,
  pieces: AsyncGenerator<Uint8Array | string>,
): Promise<void> {
  if (reply.request.method === 'HEAD') return sendHead(reply, contentTypes[format]);
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
