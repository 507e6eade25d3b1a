// npm run bench:sgroups: what looking up the networks and groups of a packet's two addresses costs, and what the data holds.
import { StringTable } from '#columns';
import { compile, packedBytes, parseCidr, PrefixTable } from '#sgroups';
import { bigintSearch, linearSearch } from './baselines.js';
import { bytesOf, randomAddresses, randomNetworks, randomNumbers } from './data.js';

const PREFIXES = 100_000;
/** More than the processor's caches hold of the tree's ways */
const ADDRESSES = 1 << 18;
const ROUNDS = 15;
/** A linear search takes milliseconds an address */
const LINEAR_ADDRESSES = 40;

/** @returns the least time of some rounds, in ns for each of `count` calls */
function leastTime(count: number, rounds: number, run: () => void): number {
  const times = Array.from({ length: rounds }, () => {
    const from = performance.now();
    run();
    return performance.now() - from;
  });
  return (Math.min(...times) * 1e6) / count;
}

function main(): void {
  const random = randomNumbers(20_261_121);
  const data = randomNetworks(PREFIXES, random);
  const compileFrom = performance.now();
  const { prefixes } = compile(data);
  const compile_ms = performance.now() - compileFrom;
  const table = new PrefixTable(prefixes, new StringTable());
  const networks = data.networks.flatMap(({ cidr }) => parseCidr(cidr) ?? []);
  const addresses = randomAddresses(
    ADDRESSES,
    networks.map(({ words }) => bytesOf(words)),
    random,
  );
  const found = new Int32Array(ADDRESSES);
  const find_ns = leastTime(ADDRESSES, ROUNDS, () => {
    for (let i = 0; i < ADDRESSES; i++) found[i] = table.find(addresses, 16 * i);
  });
  const packets = ADDRESSES / 2;
  const packet_ns = leastTime(packets, ROUNDS, () => {
    for (let i = 0; i < ADDRESSES; i++) {
      const entry = table.find(addresses, 16 * i);
      found[i] = entry === 0 ? 0 : table.sg(entry) + table.net(entry);
    }
  });
  const hits = found.filter((entry) => entry !== 0).length / ADDRESSES;
  const bigint = bigintSearch(networks);
  const bigint_ns = leastTime(ADDRESSES, 2, () => {
    for (let i = 0; i < ADDRESSES; i++) found[i] = bigint(addresses.subarray(16 * i, 16 * i + 16));
  });
  const linear = linearSearch(data);
  const linear_ns = leastTime(LINEAR_ADDRESSES, 1, () => {
    for (let i = 0; i < LINEAR_ADDRESSES; i++) found[i] = linear(addresses.subarray(16 * i, 16 * i + 16));
  });
  const round = (value: number): number => Number(value.toPrecision(3));
  const result = {
    bench: 'sgroups',
    prefixes: prefixes.prefixes,
    hits: round(hits),
    find_ns: round(find_ns),
    packet_ns: round(packet_ns),
    held_mib: round((packedBytes(prefixes) + 4 * prefixes.ends.length) / 2 ** 20),
    compile_ms: round(compile_ms),
    bigint_by_length: { find_ns: round(bigint_ns), times_slower: round(bigint_ns / find_ns) },
    ipaddr_js_linear: { find_ns: round(linear_ns), times_slower: round(linear_ns / find_ns) },
    node: process.versions.node,
  };
  console.log(JSON.stringify(result));
}

main();
