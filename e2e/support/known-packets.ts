import { join } from 'node:path';
import { type Lab } from './lab.js';
import { type Namespace } from './namespaces.js';
import { type Program } from './program.js';
import { projectRoot } from './root.js';

export interface KnownTraffic {
  /** The sender's own address. */
  readonly from: string;
  readonly to: string;
  /** Packets a second. */
  readonly rate: number;
  readonly dports: readonly number[];
}

/** The packets of one tick of the sender: numbers `from` … `to - 1`, sent between two moments of `monotonicMs`. */
export interface SentTick {
  readonly from: number;
  readonly to: number;
  readonly began_ms: number;
  readonly ended_ms: number;
}

/** The machine's monotonic clock, which all processes share. */
export const monotonicMs = (): number => Number(process.hrtime.bigint()) / 1e6;

/** Sends UDP packets at a steady rate, each with a number that its row tells again (see stored-packets). */
export class KnownPackets {
  private constructor(private readonly program: Program) {}

  static async start(lab: Lab, inside: Namespace, traffic: KnownTraffic): Promise<KnownPackets> {
    const script = join(projectRoot, 'e2e/support/senders/known-packets.mjs');
    const command = inside.command(process.execPath, script, JSON.stringify(traffic));
    const program = lab.start({ name: 'known packets', command });
    await program.untilLines(1, 60_000);
    return new KnownPackets(program);
  }

  /** Stops sending. @returns all that was sent */
  async stop(): Promise<SentTick[]> {
    await this.program.kill('SIGTERM', 60_000);
    if (this.program.lines.at(-1) !== 'done') {
      throw new Error(`the sender of known packets failed: ${this.program.stderr}`);
    }
    return this.program.lines.slice(0, -1).map((line) => {
      const [from = 0, to = 0, began_ms = 0, ended_ms = 0] = line.split(' ').map(Number);
      return { from, to, began_ms, ended_ms };
    });
  }
}
