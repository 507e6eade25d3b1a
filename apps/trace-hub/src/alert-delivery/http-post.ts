import { request as requestHttp, type IncomingMessage, type OutgoingHttpHeaders } from 'node:http';
import { request as requestHttps } from 'node:https';

export interface PostOptions {
  readonly headers: OutgoingHttpHeaders;
  readonly body: string;
  /** From the connection to the answer's headers. */
  readonly timeoutMs: number;
  /** Authorities that may sign the other end's certificate, PEM. */
  readonly ca?: Buffer | undefined;
  readonly signal: AbortSignal;
}

export interface PostAnswer {
  readonly status: number;
  /** Of the header Retry-After, where it is a number of seconds. */
  readonly retryAfter_s: number | undefined;
  /** How the body of a refusal begins. */
  readonly text: string;
}

/** So much of a refusal is read, and so long, to show it. */
const shownBytes = 300;
const bodyMs = 1000;

/**
 * One POST over a connection of its own; redirects are not followed.
 * @throws Error that says what happened: no answer in time, no connection
 */
export function post(url: URL, options: PostOptions): Promise<PostAnswer> {
  const { headers, body, timeoutMs, ca, signal } = options;
  const bytes = Buffer.from(body);
  return new Promise((resolve, reject) => {
    const request = url.protocol === 'https:' ? requestHttps : requestHttp;
    const outgoing = request(url, {
      method: 'POST',
      agent: false,
      headers: { ...headers, 'content-length': bytes.length },
      ...(ca && { ca }),
      signal,
    });
    // Whatever it waits for: a name, a connection, a handshake, an answer.
    const late = setTimeout(
      () => outgoing.destroy(new Error(`it did not answer within ${timeoutMs / 1000} s`)),
      timeoutMs,
    );
    outgoing.on('error', (error) => {
      clearTimeout(late);
      reject(error);
    });
    outgoing.on('response', (incoming) => {
      clearTimeout(late);
      void answerOf(incoming).then((answer) => {
        outgoing.destroy();
        resolve(answer);
      });
    });
    outgoing.end(bytes);
  });
}

async function answerOf(incoming: IncomingMessage): Promise<PostAnswer> {
  const { statusCode: status = 0 } = incoming;
  const seconds = Number(incoming.headers['retry-after']);
  return {
    status,
    retryAfter_s: Number.isInteger(seconds) && seconds > 0 ? seconds : undefined,
    text: await beginning(incoming),
  };
}

/** The status counts: an answer without an end is taken for what it has said so far. */
function beginning(incoming: IncomingMessage): Promise<string> {
  return new Promise((resolve) => {
    let text = '';
    const done = (): void => {
      clearTimeout(timer);
      resolve(text);
    };
    const timer = setTimeout(done, bodyMs);
    incoming.setEncoding('utf8');
    incoming.on('data', (chunk: string) => {
      text = (text + chunk).slice(0, shownBytes);
      if (text.length === shownBytes) done();
    });
    incoming.on('error', done).on('end', done).on('close', done);
  });
}
