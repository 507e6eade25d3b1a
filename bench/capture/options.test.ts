import { expect, it } from 'vitest';
import { parseOptions } from './options.js';

const readers = ['nft-monitor', 'drain', 'pkt-tracer'];
const parse = (...args: string[]) => parseOptions(args, readers);

it('takes all readers and long probes by default', () => {
  expect(parse()).toMatchObject({ readers, json: false, effort: { probe_s: 3, cpu_s: 8, tries: 3 } });
});

it('keeps the order of the readers, whatever the order they are asked for in', () => {
  expect(parse('--readers', 'pkt-tracer,drain').readers).toEqual(['drain', 'pkt-tracer']);
});

it.each([
  [['--readers', 'drain,tcpdump'], 'there is no reader "tcpdump"; use nft-monitor, drain, pkt-tracer'],
  [['--seconds', 'long'], '--seconds: "long" is not a number'],
  [['--seconds', '0'], '--seconds: "0" is not a number from'],
  [['--fast'], "Unknown option '--fast'"],
])('refuses %j', (args, message) => {
  expect(() => parse(...args)).toThrow(message);
});
