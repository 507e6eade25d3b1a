import koffi from 'koffi';

/**
 * The few calls of libc that Node has no API for. Pointers are passed as Buffers (koffi hands over their address for
 * the length of the call) or as bigint addresses that the caller keeps valid.
 */
export function openLibc() {
  const libc = koffi.load('libc.so.6');
  return {
    socket: libc.func('int socket(int domain, int type, int protocol)') as (
      d: number,
      t: number,
      p: number,
    ) => number,
    bind: libc.func('int bind(int fd, const uint8_t *addr, uint32_t len)') as Call3<Uint8Array, number>,
    getsockname: libc.func('int getsockname(int fd, _Out_ uint8_t *addr, _Inout_ uint32_t *len)') as Call3<
      Uint8Array,
      [number]
    >,
    setsockopt: libc.func(
      'int setsockopt(int fd, int level, int name, const uint8_t *value, uint32_t len)',
    ) as (fd: number, level: number, name: number, value: Uint8Array, length: number) => number,
    getsockopt: libc.func(
      'int getsockopt(int fd, int level, int name, _Out_ uint8_t *value, _Inout_ uint32_t *len)',
    ) as (fd: number, level: number, name: number, value: Uint8Array, length: [number]) => number,
    /** A call with a bigint address: the memory behind it is the caller's to keep. */
    recvmmsg: libc.func('int recvmmsg(int fd, void *vec, uint32_t vlen, int flags, void *timeout)') as (
      fd: number,
      vector: bigint,
      length: number,
      flags: number,
      timeout: null,
    ) => number,
    send: libc.func('int64_t send(int fd, const uint8_t *message, uint64_t length, int flags)') as (
      fd: number,
      message: Uint8Array,
      length: number,
      flags: number,
    ) => number,
    memfd_create: libc.func('int memfd_create(const char *name, uint32_t flags)') as (
      name: string,
      flags: number,
    ) => number,
    close: libc.func('int close(int fd)') as (fd: number) => number,
    setns: libc.func('int setns(int fd, int nstype)') as (fd: number, type: number) => number,
    /** The pointer that it returns is read as a number: a name need not be UTF-8, and stands in `name`. */
    if_indextoname: libc.func('uintptr_t if_indextoname(uint32_t index, _Out_ uint8_t *name)') as (
      index: number,
      name: Uint8Array,
    ) => number | bigint,
    clock_gettime: libc.func('int clock_gettime(int clock, _Out_ int64_t *time)') as (
      clock: number,
      time: BigInt64Array,
    ) => number,
    mallopt: libc.func('int mallopt(int param, int value)') as (parameter: number, value: number) => number,
    errno: (): number => koffi.errno(),
    address: (buffer: Uint8Array): bigint => koffi.address(buffer),
  };
}

type Call3<A, B> = (fd: number, a: A, b: B) => number;

export type Libc = ReturnType<typeof openLibc>;
