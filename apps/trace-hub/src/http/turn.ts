import { type IncomingMessage, type ServerResponse } from 'node:http';

/**
 * Waits until an answer has its connection. A client may send a request before the answer to the one before has ended;
 * Node makes its answer at once, but gives it the connection later, and tells it nothing if the client leaves until
 * then: what is begun for it would go on for ever.
 * @returns false where the client has left
 */
export async function turnOf(request: IncomingMessage, response: ServerResponse): Promise<boolean> {
  if (response.socket || request.socket.destroyed) return !request.socket.destroyed;
  return new Promise((resolve) => {
    const settle = (): void => {
      response.off('socket', settle);
      request.off('close', settle);
      resolve(!request.socket.destroyed);
    };
    response.once('socket', settle);
    request.once('close', settle);
  });
}
