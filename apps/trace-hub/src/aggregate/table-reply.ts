import { type FastifyReply, type FastifyRequest } from 'fastify';
import { acceptedTable, formatTable, type Table, type TableFormat, tableTypes } from './table-format.js';

/** Sends an answer in the form that the parameter or the Accept header asks for. */
export function sendTable(
  { request, reply }: { readonly request: FastifyRequest; readonly reply: FastifyReply },
  format: TableFormat | undefined,
  { document, table }: { readonly document: object; readonly table: Table },
): void {
  const chosen = format ?? acceptedTable(request.headers.accept);
  void reply.header('content-type', tableTypes[chosen]).send(formatTable(chosen, table, document));
}
