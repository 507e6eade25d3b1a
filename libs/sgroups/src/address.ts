import { isIPv6 } from 'node:net';
import { SgroupsError } from './errors.js';

const FORM = /^(?:tcp:\/\/)?(?:\[([^\]]+)\]|([^:/[\]\s]+)):(\d{1,5})\/?$/;

/**
 * @param text `tcp://host:port` or `host:port`; an IPv6 address stands in brackets
 * @returns what gRPC connects to
 * @throws SgroupsError `bad_option`
 */
export function grpcTarget(text: string): string {
  const [, six, host = '', port] = FORM.exec(text.trim()) ?? [];
  const known = six === undefined ? host !== '' : isIPv6(six);
  if (!known || Number(port) < 1 || Number(port) > 65535) {
    const how = 'is not an address like tcp://host:port or host:port';
    throw new SgroupsError('connect', 'bad_option', `${JSON.stringify(text)} ${how}`);
  }
  return six === undefined ? `dns:${host}:${port}` : `dns:[${six}]:${port}`;
}
