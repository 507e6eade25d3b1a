// Passes TCP connections on, as the JSON of the argument says: { forwards: [{ listen, to, slow }], delayFile }.
// `listen` and `to` are what node:net takes: { host, port } or { path }. What passes a forward that is `slow` is held
// for as many milliseconds as delayFile says, in both directions, its order kept; at -1 it
// takes no connections and has none. Prints `listening` when all are open.
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { Transform } from 'node:stream';
import { setInterval, setTimeout } from 'node:timers';

const { forwards, delayFile } = JSON.parse(process.argv[2]);
const MOST_HELD = 4 * 2 ** 20;
let delay_ms = 0;
/** Closes each connection that is slow. */
const open = new Set();
if (delayFile !== undefined) {
  setInterval(() => {
    try {
      delay_ms = Number(readFileSync(delayFile, 'utf8')) || 0;
      if (delay_ms < 0) for (const close of open) close();
    } catch {
      delay_ms = 0;
    }
  }, 50);
}

/** Holds each chunk for the delay of its moment, and never passes one before an earlier one. */
class Hold extends Transform {
  #held = 0;
  #last_ms = 0;
  #waiting = undefined;

  _transform(chunk, _, done) {
    const now_ms = performance.now();
    this.#last_ms = Math.max(this.#last_ms, now_ms + delay_ms);
    this.#held += chunk.length;
    setTimeout(() => this.#release(chunk), this.#last_ms - now_ms);
    if (this.#held < MOST_HELD) done();
    else this.#waiting = done;
  }

  _flush(done) {
    if (this.#held === 0) done();
    else this.#waiting = done;
  }

  #release(chunk) {
    if (this.destroyed) return;
    this.#held -= chunk.length;
    this.push(chunk);
    if (this.#held > 0) return;
    this.#waiting?.();
    this.#waiting = undefined;
  }
}

/** @returns chunks in order: timers of the same or growing times fire in order */
function pass(from, to, slow) {
  if (!slow) return void from.pipe(to);
  from.pipe(new Hold()).pipe(to);
}

for (const { listen, to, slow } of forwards) {
  const server = createServer((client) => {
    if (slow && delay_ms < 0) return void client.destroy();
    const upstream = connect(to);
    const close = () => {
      open.delete(close);
      client.destroy();
      upstream.destroy();
    };
    for (const socket of [client, upstream]) {
      socket.setNoDelay(true);
      socket.on('error', close);
      socket.on('close', close);
    }
    if (slow) open.add(close);
    pass(client, upstream, slow);
    pass(upstream, client, slow);
  });
  server.listen(listen);
  await once(server, 'listening');
}
console.log('listening');
