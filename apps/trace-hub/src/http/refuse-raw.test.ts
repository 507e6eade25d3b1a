import { type Socket } from 'node:net';
import { PassThrough } from 'node:stream';
import { text } from 'node:stream/consumers';
import { describe, expect, it } from 'vitest';
import { refuseRaw } from './refuse-raw.js';

const fault = (code: string): Error & { code: string } => Object.assign(new Error(code), { code });

describe('what is no request', () => {
  it.each([
    ['HPE_HEADER_OVERFLOW', 431, 'server.max-url'],
    ['ERR_HTTP_REQUEST_TIMEOUT', 408, 'server.header-timeout'],
    ['HPE_INVALID_URL', 400, '%C3%BC'],
    ['HPE_INVALID_CONSTANT', 400, '%20'],
    ['HPE_INVALID_METHOD', 400, 'this is not an HTTP request'],
  ])('of code %s is answered with %i', async (code, status, part) => {
    const socket = new PassThrough();
    refuseRaw(fault(code), socket as unknown as Socket);
    const answer = await text(socket);
    const [head = '', body = ''] = answer.split('\r\n\r\n');
    expect(head).toMatch(new RegExp(`^HTTP/1\\.1 ${status} `));
    expect(head).toContain(`Content-Length: ${Buffer.byteLength(body)}`);
    expect(JSON.parse(body)).toMatchObject({ status, detail: expect.stringContaining(part) as string });
  });

  it('of a connection that is gone is answered with nothing', () => {
    const socket = new PassThrough();
    refuseRaw(fault('ECONNRESET'), socket as unknown as Socket);
    expect([socket.destroyed, socket.readableLength]).toEqual([true, 0]);
  });
});
