import { type BatchData, type StringTable } from '#columns';

/** One end of TCP connections: 16 bytes of address (IPv4 as ::ffff:a.b.c.d), and a port. */
export interface Endpoint {
  address: Uint8Array;
  port: number;
}

/** The servers that the agent itself talks to: what they send and are sent is its own traffic. */
export class Endpoints {
  #endpoints: readonly Endpoint[] = [];
  readonly #tcp: number;

  constructor(strings: StringTable) {
    this.#tcp = strings.id('tcp');
  }

  set(endpoints: readonly Endpoint[]): void {
    this.#endpoints = endpoints;
  }

  /** @returns whether the headers of a segment name one of them, as source or as destination */
  match(data: BatchData, segment: number): boolean {
    if (this.#endpoints.length === 0 || data.proto[segment] !== this.#tcp) return false;
    for (const { address, port } of this.#endpoints) {
      if (data.dport[segment] === port && same(data.ip_dst, 16 * segment, address)) return true;
      if (data.sport[segment] === port && same(data.ip_src, 16 * segment, address)) return true;
    }
    return false;
  }
}

function same(bytes: Uint8Array, at: number, address: Uint8Array): boolean {
  // the last byte differs first among neighbours
  for (let i = 15; i >= 0; i--) if (bytes[at + i] !== address[i]) return false;
  return true;
}
