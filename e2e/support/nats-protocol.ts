import { connect } from 'node:net';

/** A line of NATS's protocol that publishes. */
export const pub = (subject: string, reply = '', text = ''): string =>
  `PUB ${subject} ${reply} ${Buffer.byteLength(text)}\r\n${text}`;
let subscriptions = 0;

/** One that subscribes. */
export const sub = (subject: string): string => `SUB ${subject} ${++subscriptions}`;

/** Whether the server says that a login may not do what it did. */
export const isViolation = (line: string): boolean => line.startsWith("-ERR 'Permissions Violation");

/**
 * Says what no client library would: each command as it is.
 * @param messages so many are waited for
 * @param ready is called when the server has taken all commands
 * @returns all lines that the server says until it has taken all of them
 */
export async function speakNats(
  port: number,
  login: { user: string; password: string },
  commands: readonly string[],
  messages = 0,
  ready: () => void = () => undefined,
): Promise<string[]> {
  const socket = connect(port, '127.0.0.1').setEncoding('utf8');
  const connectLine = `CONNECT ${JSON.stringify({ verbose: false, pedantic: false, user: login.user, pass: login.password })}`;
  socket.write([connectLine, ...commands, 'PING', ''].join('\r\n'));
  let said = '';
  for await (const chunk of socket) {
    said += String(chunk);
    if (/^PONG\r\n/m.test(said)) ready();
    const got = said.match(/^MSG /gm)?.length ?? 0;
    if (/^PONG\r\n/m.test(said) && got >= messages && said.endsWith('\r\n')) break;
  }
  socket.destroy();
  return said.split('\r\n');
}
