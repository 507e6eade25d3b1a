import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import { type FastifyReply } from 'fastify';

/** @returns a signal that is aborted when the connection is gone before the answer is */
export function clientSignal(reply: FastifyReply): AbortSignal {
  const gone = new AbortController();
  const { raw } = reply;
  const closed = (): void => {
    if (!raw.writableFinished) gone.abort(new Error('the client went away'));
  };
  // It may have gone while its token was checked.
  if (raw.closed) closed();
  else raw.once('close', closed);
  return gone.signal;
}

/** A handler's parameter: see clientSignal. */
export const ClientSignal = createParamDecorator((_: unknown, context: ExecutionContext) =>
  clientSignal(context.switchToHttp().getResponse<FastifyReply>()),
);
