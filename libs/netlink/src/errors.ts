import { getSystemErrorMap } from 'node:util';

/** What went wrong between us and the kernel's netlink. `code` is the errno's name (`EPERM`) or `unsupported`. */
export class NetlinkError extends Error {
  override readonly name = 'NetlinkError';

  constructor(
    readonly op: string,
    readonly code: string,
    message: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}

/** @returns the name of an errno: 1 → `EPERM` */
export function errnoName(errno: number): string {
  return getSystemErrorMap().get(-errno)?.[0] ?? `errno ${errno}`;
}
