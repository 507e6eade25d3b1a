// Has one Node program get signals while it still loads, for tests of its start. With NODE_OPTIONS=--import=<this file> and
// VISOR_TEST_SIGNALS naming some (SIGHUP,SIGUSR2), the program sends them to itself when it asks for the first package,
// which is before anything of it has run that needs one, and says so on stderr.
import Module, { isBuiltin } from 'node:module';
import { isMainThread } from 'node:worker_threads';

const signals = isMainThread ? (process.env.VISOR_TEST_SIGNALS ?? '').split(',').filter(Boolean) : [];
const load = Module._load;

if (signals.length > 0) {
  Module._load = function (request, ...rest) {
    if (!isBuiltin(request)) {
      for (const signal of signals.splice(0)) {
        process._rawDebug(`${signal} while loading`);
        process.kill(process.pid, signal);
      }
    }
    return load.call(this, request, ...rest);
  };
}
