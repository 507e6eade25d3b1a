// Gives one Node program another time of day, for tests of clock steps: the machine's own clock is never touched.
// With NODE_OPTIONS=--import=<this file> and VISOR_TEST_CLOCK_FILE naming a file, the program's time of day is the
// machine's plus as many milliseconds as the file says, from 50 ms after it says so. Date and libc's clock_gettime
// (as the agent calls it through koffi) agree; clocks that only go forward stay as they are.
import { readFileSync } from 'node:fs';
import koffi from 'koffi';

const CLOCK_REALTIME = 0;
const AGAIN_MS = 50;
const file = process.env.VISOR_TEST_CLOCK_FILE;
let offset_ms = 0;
let read_ms = -Infinity;

function offset() {
  const now_ms = performance.now();
  if (now_ms - read_ms < AGAIN_MS) return offset_ms;
  read_ms = now_ms;
  try {
    offset_ms = Number(readFileSync(file, 'utf8'));
  } catch {
    // not written yet, or just being written: as before
  }
  return offset_ms;
}

function stepDate(RealDate) {
  const now = () => RealDate.now() + offset();
  return new Proxy(RealDate, {
    construct: (target, args, as) => Reflect.construct(target, args.length === 0 ? [now()] : args, as),
    apply: () => new RealDate(now()).toString(),
    get: (target, name, receiver) => (name === 'now' ? now : Reflect.get(target, name, receiver)),
  });
}

/** @returns clock_gettime with the offset */
function stepped(call) {
  return (clock, time) => {
    const result = call(clock, time);
    if (clock === CLOCK_REALTIME) {
      const ns = time[0] * 1_000_000_000n + time[1] + BigInt(Math.round(offset() * 1e6));
      time[0] = ns / 1_000_000_000n;
      time[1] = ns % 1_000_000_000n;
    }
    return result;
  };
}

function stepLibrary(library) {
  const func = (...args) => {
    const call = library.func(...args);
    return String(args[0]).includes(' clock_gettime(') ? stepped(call) : call;
  };
  return new Proxy({}, { get: (_, name) => (name === 'func' ? func : library[name]) });
}

if (file !== undefined) {
  globalThis.Date = stepDate(globalThis.Date);
  const { load } = koffi;
  koffi.load = (...args) => stepLibrary(load(...args));
}
