import { join } from 'node:path';
import { type Lab } from './lab.js';
import { type Namespace } from './namespaces.js';
import { type Program } from './program.js';

const sender = (name: string) => [process.execPath, join(import.meta.dirname, 'senders', `${name}.mjs`)];

async function send<T>(from: Namespace, name: string, job: object): Promise<T> {
  return JSON.parse(await from.run(sender(name), { input: JSON.stringify(job) })) as T;
}

/** Datagrams from one port to another. */
export interface UdpFlow {
  readonly sport: number;
  readonly dport: number;
  readonly count: number;
}

export interface UdpTraffic {
  readonly to: string;
  readonly flows: readonly UdpFlow[];
  /** Payload in bytes; more than the link's MTU makes fragments. */
  readonly size?: number;
  /** Pause after each datagram; absent: none. */
  readonly gapMs?: number;
}

/** Sends datagrams out of a namespace, the flows taking turns. @returns how many the kernel took */
export async function sendUdp(from: Namespace, traffic: UdpTraffic): Promise<number> {
  const { sent } = await send<{ sent: number }>(from, 'udp', { size: 20, gapMs: 0, ...traffic });
  return sent;
}

export interface TcpTraffic {
  readonly to: string;
  readonly dport: number;
  /** One connection from each. */
  readonly sports: readonly number[];
  /** How long one connection may take; absent: 60 s. Below 1 s a SYN that is dropped is not sent again. */
  readonly timeoutMs?: number;
}

/** What became of a connection: `echoed`, `timeout`, or the error's code (`ECONNREFUSED`). */
export type TcpOutcome = string;

/** Opens TCP connections one after the other, each sends a line, reads its echo and closes. */
export function connectTcp(from: Namespace, traffic: TcpTraffic): Promise<TcpOutcome[]> {
  return send<TcpOutcome[]>(from, 'tcp-client', { timeoutMs: 60_000, ...traffic });
}

export interface PortScan {
  readonly to: string;
  /** The first port. */
  readonly from: number;
  readonly count: number;
  /** Pause after each; absent: none. */
  readonly gapMs?: number;
}

/** Tries one TCP port after the other, each with one SYN. */
export async function scanPorts(from: Namespace, scan: PortScan): Promise<void> {
  await send(from, 'scan', { gapMs: 0, ...scan });
}

/** Starts an echo server in a namespace, for IPv4 and IPv6, and waits until its ports are open. */
export async function startTcpServer(lab: Lab, namespace: Namespace, ...ports: number[]): Promise<Program> {
  const command = namespace.command(...sender('tcp-server'), ...ports.map(String));
  const server = lab.start({ name: `tcp-server ${ports.join(' ')}`, command });
  await server.untilOutput(/^listening$/m);
  return server;
}

/** Sends whole Ethernet frames out of an interface: VLAN tags, fragments, anything malformed. */
export async function sendFrames(from: Namespace, link: string, frames: readonly Buffer[]): Promise<void> {
  await send(from, 'raw', { link, packets: frames.map((frame) => frame.toString('hex')) });
}

/** Sends IP packets that bring their own header; they pass the output hook. */
export async function sendPackets(from: Namespace, to: string, packets: readonly Buffer[]): Promise<void> {
  await send(from, 'raw', { to, packets: packets.map((packet) => packet.toString('hex')) });
}

/** Sends messages of nf_tables in one transaction. @throws when the kernel refuses one of them */
export async function sendNetlink(namespace: Namespace, messages: readonly Buffer[]): Promise<void> {
  const job = { messages: messages.map((message) => message.toString('hex')) };
  const { errors } = await send<{ errors: number[] }>(namespace, 'netlink', job);
  if (errors.length > 0) throw new Error(`the kernel refused netlink messages: errno ${errors.join(', ')}`);
}
