// Opens TCP connections one after the other as the JSON of standard input tells: { to, dport, sports, timeoutMs }.
// Each sends a line, awaits the echo and closes. Prints what became of each: echoed, refused, reset, timeout …
import { once } from 'node:events';
import { connect } from 'node:net';
import { text } from 'node:stream/consumers';

const { to, dport, sports, timeoutMs } = JSON.parse(await text(process.stdin));

async function attempt(localPort) {
  const socket = connect({ host: to, port: dport, localPort });
  socket.setTimeout(timeoutMs, () => socket.destroy(Object.assign(new Error('late'), { code: 'timeout' })));
  try {
    await once(socket, 'connect');
    socket.write('hello\n');
    await once(socket, 'data');
    socket.end();
    await once(socket, 'close');
    return 'echoed';
  } catch (error) {
    return error.code;
  }
}

const outcomes = [];
for (const sport of sports) outcomes.push(await attempt(sport));
console.log(JSON.stringify(outcomes));
