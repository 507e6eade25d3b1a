import { Session } from 'chdb';

/** Values to ask for, found in the database. */
export interface Samples {
  readonly ports: {
    readonly frequent: readonly string[];
    readonly rare: readonly string[];
    readonly absent: readonly string[];
  };
  /** By how often their packets are dropped. */
  readonly addresses: {
    readonly frequent: readonly string[];
    readonly rare: readonly string[];
    readonly neverDropped: readonly string[];
  };
  readonly packets: readonly string[];
}

/** Of what there are fewer packets than this in all is rare. */
const RARE = 30;

/** @param count how many of each at most */
export function findSamples(directory: string, count: number): Samples {
  const session = new Session(directory);
  const list = (sql: string): string[] =>
    session.query(`${sql} LIMIT ${count}`, 'TSV').split('\n').filter(Boolean);
  const drops = "sumIf(packets, fate IN ('dropped', 'rejected'))";
  const addresses = (having: string, order: string): string[] =>
    list(
      `SELECT replaceRegexpOne(toString(ip_src), '^::ffff:', '') FROM flows_1m GROUP BY ip_src HAVING ${having} ORDER BY ${order}`,
    );
  const ports = (having: string, order: string): string[] =>
    list(`SELECT dport FROM flows_1m GROUP BY dport HAVING ${having} ORDER BY ${order}`);
  try {
    return {
      ports: {
        frequent: ports('true', 'sum(packets) DESC'),
        rare: ports(`sum(packets) BETWEEN 2 AND ${RARE}`, 'cityHash64(dport)'),
        absent: list(
          'SELECT number FROM numbers(1, 65535) WHERE number NOT IN (SELECT dport FROM flows_1m) ORDER BY cityHash64(number)',
        ),
      },
      addresses: {
        frequent: addresses(`${drops} > 0`, `${drops} DESC`),
        rare: addresses(`${drops} BETWEEN 1 AND ${RARE}`, 'cityHash64(ip_src)'),
        neverDropped: addresses(`${drops} = 0`, 'sum(packets) DESC'),
      },
      packets: list(
        'SELECT packet_id FROM traces WHERE decisive AND packet_id % 1009 = 3 ORDER BY cityHash64(packet_id)',
      ),
    };
  } finally {
    session.close();
  }
}
