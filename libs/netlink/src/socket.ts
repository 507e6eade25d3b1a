import { readFileSync } from 'node:fs';
import { type BpfInstruction, encodeProgram, SOCK_FPROG_SIZE } from './bpf.js';
import {
  AF_NETLINK,
  EAGAIN,
  EINTR,
  ENOBUFS,
  MSG_DONTWAIT,
  MSG_WAITFORONE,
  NETLINK_ADD_MEMBERSHIP,
  NETLINK_NETFILTER,
  SOCK_CLOEXEC,
  SOCK_RAW,
  SOL_NETLINK,
  SOL_SOCKET,
  SO_ATTACH_FILTER,
  SO_DETACH_FILTER,
  SO_MEMINFO,
  SO_RCVBUF,
  SO_RCVBUFFORCE,
  SO_RCVTIMEO,
} from './constants.js';
import { Backlog } from './backlog.js';
import { parseDrops } from './drops.js';
import { errnoName, NetlinkError } from './errors.js';
import { type Libc } from './libc.js';
import { ReceiveRing } from './ring.js';
import { type MessageSource, type Received } from './source.js';

export interface SocketOptions {
  /** The receive buffer to ask the kernel for */
  bufferBytes: number;
  /** Messages a receive takes at most, and the room for each */
  slots: number;
  slotBytes: number;
  /** Which messages the kernel is to hand to this socket; absent = all */
  filter?: readonly BpfInstruction[];
}

/** A netlink socket that receives a multicast group of netfilter's, many messages a call. */
export class NetlinkSocket implements MessageSource {
  readonly ring: ReceiveRing;
  #fd: number;
  #timeout_ms = -1;
  /** Between an overrun and the gap that it left */
  #backlog: Backlog | undefined;
  /** SK_MEMINFO_VARS numbers of 32 bits */
  readonly #meminfo = Buffer.alloc(36);

  private constructor(
    private readonly libc: Libc,
    fd: number,
    /** Our address in the protocol; `/proc/net/netlink` lists the socket under it. */
    readonly portId: number,
    { slots, slotBytes }: SocketOptions,
  ) {
    this.#fd = fd;
    this.ring = new ReceiveRing(libc, slots, slotBytes);
  }

  /**
   * Opens a socket in the calling thread's network namespace and joins `groups`.
   * @param groups NFNLGRP_…; joining needs CAP_NET_ADMIN. None: for requests and their answers
   * @throws NetlinkError op `socket`, `bind`, `filter` or `join`
   */
  static open(libc: Libc, groups: readonly number[], options: SocketOptions): NetlinkSocket {
    const fd = libc.socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_NETFILTER);
    if (fd < 0) throw failure(libc, 'socket', 'cannot open a netfilter netlink socket');
    try {
      check(libc, libc.bind(fd, socketAddress(), 12), 'bind', 'cannot bind the netlink socket');
      forceBuffer(libc, fd, options.bufferBytes);
      // before the first message can come
      if (options.filter) attach(libc, fd, options.filter);
      for (const group of groups) {
        const joined = libc.setsockopt(fd, SOL_NETLINK, NETLINK_ADD_MEMBERSHIP, int32(group), 4);
        check(libc, joined, 'join', `cannot join netlink multicast group ${group}`);
      }
      return new NetlinkSocket(libc, fd, portId(libc, fd), options);
    } catch (error) {
      libc.close(fd);
      throw error;
    }
  }

  /**
   * @throws NetlinkError op `receive` for anything but a timeout, a signal or an overrun
   */
  receive(timeout_ms: number): Received {
    const { ring } = this;
    ring.slots = this.#backlog ? this.#backlog.take(ring.capacity) : ring.capacity;
    if (ring.slots === 0) return this.#reachedGap();
    if (timeout_ms > 0 && timeout_ms !== this.#timeout_ms) this.#setTimeout(timeout_ms);
    const flags = timeout_ms > 0 ? MSG_WAITFORONE : MSG_DONTWAIT;
    const count = this.libc.recvmmsg(this.#fd, ring.address, ring.slots, flags, null);
    if (count >= 0) {
      ring.received = count;
      if (count < ring.slots) this.#backlog = undefined;
      return count === 0 ? 'nothing' : 'messages';
    }
    ring.received = 0;
    const errno = this.libc.errno();
    if (errno === ENOBUFS) {
      this.#backlog = new Backlog(() => this.#queuedBytes());
      return 'overrun';
    }
    if (errno === EAGAIN) this.#backlog = undefined;
    if (errno === EAGAIN || errno === EINTR) return 'nothing';
    throw failure(this.libc, 'receive', 'cannot receive from the netlink socket');
  }

  /**
   * Lets the kernel run `program` on each message before it is queued; what it rejects counts in no Drops. It takes the
   * place of the program before; what is queued already stays.
   * @throws NetlinkError op `filter`
   */
  attachFilter(program: readonly BpfInstruction[]): void {
    attach(this.libc, this.#fd, program);
  }

  /** @throws NetlinkError op `filter`, `ENOENT` where none is attached */
  detachFilter(): void {
    const detached = this.libc.setsockopt(this.#fd, SOL_SOCKET, SO_DETACH_FILTER, int32(0), 4);
    check(this.libc, detached, 'filter', 'cannot detach the filter of the netlink socket');
  }

  /** Sends a request to the kernel. @throws NetlinkError op `send` */
  send(message: Uint8Array): void {
    const sent = this.libc.send(this.#fd, message, message.length, 0);
    check(this.libc, Number(sent), 'send', 'cannot send to the netlink socket');
  }

  drops(): number {
    // thread-self: another thread of the process may be in another network namespace
    return parseDrops(
      readFileSync('/proc/thread-self/net/netlink', 'latin1'),
      NETLINK_NETFILTER,
      this.portId,
    );
  }

  /** Once closed it refuses all use (EBADF): its descriptor's number may be another file's by then. */
  close(): void {
    if (this.#fd >= 0) this.libc.close(this.#fd);
    this.#fd = -1;
  }

  #reachedGap(): Received {
    this.#backlog = undefined;
    this.ring.received = 0;
    return 'gap';
  }

  /** @returns sk_rmem_alloc: what the queued messages take of the kernel's memory; NaN before Linux 4.6 */
  #queuedBytes(): number {
    const info = this.#meminfo;
    const got = this.libc.getsockopt(this.#fd, SOL_SOCKET, SO_MEMINFO, info, [info.length]);
    return got < 0 ? NaN : info.readUInt32LE(0);
  }

  #setTimeout(timeout_ms: number): void {
    const timeval = Buffer.alloc(16);
    timeval.writeBigInt64LE(BigInt(Math.floor(timeout_ms / 1000)), 0);
    timeval.writeBigInt64LE(BigInt((timeout_ms % 1000) * 1000), 8);
    const set = this.libc.setsockopt(this.#fd, SOL_SOCKET, SO_RCVTIMEO, timeval, 16);
    check(this.libc, set, 'receive', 'cannot set the receive timeout');
    this.#timeout_ms = timeout_ms;
  }
}

/** struct sockaddr_nl with port 0: the kernel gives one */
function socketAddress(): Buffer {
  const address = Buffer.alloc(12);
  address.writeUInt16LE(AF_NETLINK, 0);
  return address;
}

function portId(libc: Libc, fd: number): number {
  const address = Buffer.alloc(12);
  check(libc, libc.getsockname(fd, address, [12]), 'bind', 'cannot read the netlink socket address');
  return address.readUInt32LE(4);
}

/** SO_RCVBUF stops at net.core.rmem_max; SO_RCVBUFFORCE does not, with CAP_NET_ADMIN. */
function forceBuffer(libc: Libc, fd: number, bytes: number): void {
  if (libc.setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, int32(bytes), 4) === 0) return;
  check(
    libc,
    libc.setsockopt(fd, SOL_SOCKET, SO_RCVBUF, int32(bytes), 4),
    'buffer',
    'cannot set the receive buffer',
  );
}

function attach(libc: Libc, fd: number, program: readonly BpfInstruction[]): void {
  const bytes = encodeProgram(program, libc.address);
  const attached = libc.setsockopt(fd, SOL_SOCKET, SO_ATTACH_FILTER, bytes, SOCK_FPROG_SIZE);
  check(libc, attached, 'filter', 'cannot attach a filter to the netlink socket');
}

function int32(value: number): Buffer {
  const buffer = Buffer.alloc(4);
  buffer.writeInt32LE(value);
  return buffer;
}

function check(libc: Libc, result: number, op: string, what: string): void {
  if (result < 0) throw failure(libc, op, what);
}

function failure(libc: Libc, op: string, what: string): NetlinkError {
  const code = errnoName(libc.errno());
  if (code === 'EPERM') {
    return new NetlinkError(
      op,
      code,
      `${what}: it needs CAP_NET_ADMIN; run it as root or grant that capability`,
    );
  }
  if (code === 'EPROTONOSUPPORT') {
    return new NetlinkError(
      op,
      code,
      `${what}: this kernel has no netfilter netlink (CONFIG_NETFILTER_NETLINK)`,
    );
  }
  return new NetlinkError(op, code, `${what}: ${code}`);
}
