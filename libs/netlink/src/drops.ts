/**
 * @param table the text of /proc/net/netlink
 * @returns the Drops column of the socket with that protocol and port id; 0 when it is not listed
 */
export function parseDrops(table: string, protocol: number, portId: number): number {
  const [head = '', ...lines] = table.trimEnd().split('\n');
  const names = head.trim().split(/\s+/);
  const at = { protocol: names.indexOf('Eth'), port: names.indexOf('Pid'), drops: names.indexOf('Drops') };
  for (const line of lines) {
    const fields = line.trim().split(/\s+/);
    if (Number(fields[at.protocol]) === protocol && Number(fields[at.port]) === portId) {
      return Number(fields[at.drops] ?? 0);
    }
  }
  return 0;
}
