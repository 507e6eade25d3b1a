import { etherTypes, numberName, protocols, type StringHolder, type StringTable } from '#columns';
import { type InterfaceNames } from '#netlink';
import { type TraceEvent } from '../event.js';
import { type Segments } from '../segments.js';
import { parseLink } from './link.js';
import { isArpIpv4, parseArp, parseIpv4, parseIpv6, type Transport } from './network.js';
import { ETHERTYPE } from './protocols.js';
import { parseTransport } from './transport.js';

const NFPROTO_TYPE: Readonly<Record<number, number>> = {
  2: ETHERTYPE.IPV4,
  3: ETHERTYPE.ARP,
  10: ETHERTYPE.IPV6,
};

/** Headers, interfaces and conntrack of an event → a segment's columns. Total, as the decoder is. */
export class HeaderParser implements StringHolder {
  readonly #transport: Transport = { protocol: -1, readable: false, offset: 0 };
  readonly #protocols: Int32Array;
  readonly #etherTypes = new Map<number, number>();
  readonly #directions: readonly number[];

  constructor(
    private readonly strings: StringTable,
    private readonly interfaces: Pick<InterfaceNames, 'name'>,
  ) {
    this.#protocols = Int32Array.from({ length: 256 }, (_, n) => strings.id(numberName(protocols, n)));
    this.#directions = [strings.id('original'), strings.id('reply')];
  }

  /** @param segment an emptied slot of `segments` */
  parse(event: TraceEvent, segments: Segments, segment: number, now_ms: number): void {
    const data = segments.columns.data;
    if (event.iif !== 0) data.iif[segment] = this.#interface(event.iif, now_ms);
    if (event.oif !== 0) data.oif[segment] = this.#interface(event.oif, now_ms);
    data.mark[segment] = event.mark;
    data.ct_id[segment] = event.ctId;
    data.ct_dir[segment] = this.#directions[event.ctDirection] ?? 0;
    data.ct_state[segment] = event.ctState;
    data.ct_status[segment] = event.ctStatus;
    const linkType = parseLink(event, data, segment);
    const etherType = (NFPROTO_TYPE[event.nfproto] ?? linkType) || typeByVersion(event);
    if (etherType !== 0) data.ether_type[segment] = this.#etherType(etherType);
    this.#network(etherType, event, segments, segment);
  }

  markStrings(keep: (id: number) => void): void {
    for (const ids of [this.#protocols, this.#etherTypes.values(), this.#directions]) {
      for (const id of ids) keep(id);
    }
  }

  #network(etherType: number, event: TraceEvent, segments: Segments, segment: number): void {
    const { bytes, networkAt, networkLength } = event;
    const data = segments.columns.data;
    const transport = this.#transport;
    transport.protocol = -1;
    transport.readable = false;
    if (etherType === ETHERTYPE.IPV4) parseIpv4(bytes, networkAt, networkLength, data, segment, transport);
    else if (etherType === ETHERTYPE.IPV6)
      parseIpv6(bytes, networkAt, networkLength, data, segment, transport);
    else if (etherType === ETHERTYPE.ARP) parseArp(bytes, networkAt, networkLength, data, segment);
    if (transport.protocol < 0) return;
    data.proto[segment] = this.#protocols[transport.protocol] ?? 0;
    if (!transport.readable) return;
    if (event.transportLength > 0) {
      parseTransport(transport.protocol, bytes, event.transportAt, event.transportLength, data, segment);
    } else if (networkLength > transport.offset) {
      const at = networkAt + transport.offset;
      parseTransport(transport.protocol, bytes, at, networkLength - transport.offset, data, segment);
    }
  }

  #interface(index: number, now_ms: number): number {
    return this.strings.id(this.interfaces.name(index, now_ms));
  }

  #etherType(type: number): number {
    const known = this.#etherTypes.get(type);
    if (known !== undefined) return known;
    const id = this.strings.id(numberName(etherTypes, type));
    this.#etherTypes.set(type, id);
    return id;
  }
}

/** No link header in the netdev family (tun, WireGuard; all devices at egress): the IP version tells, or ARP's looks. */
function typeByVersion({ linkLength, networkLength, bytes, networkAt }: TraceEvent): number {
  if (linkLength > 0 || networkLength === 0) return 0;
  if (isArpIpv4(bytes, networkAt, networkLength)) return ETHERTYPE.ARP;
  const version = (bytes[networkAt] ?? 0) >>> 4;
  return version === 4 ? ETHERTYPE.IPV4 : version === 6 ? ETHERTYPE.IPV6 : 0;
}
