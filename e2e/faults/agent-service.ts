import { setTimeout as sleep } from 'node:timers/promises';
import { monotonicMs } from '../support/known-packets.js';
import { type Lab } from '../support/lab.js';
import { type ProgramOptions } from '../support/program.js';
import { askSocket } from '../support/relay.js';
import { type AgentRun } from './account.js';
import { type Life, Service } from './service.js';

/** What /healthz of the agent tells, as far as the account needs it. */
export interface AgentHealth {
  readonly capturing: boolean;
  readonly natsConnected: boolean;
  readonly events: number;
  readonly rows: number;
  readonly rowsPublished: number;
  readonly lost: Readonly<Record<string, number>>;
  /** What waits for the hub's word. */
  readonly spool?: { readonly batches: number };
}

/** What is lost of these never was a row. */
const beforeRows: readonly string[] = ['overrun', 'malformed', 'backlog'];

const POLL_MS = 200;
const lostAtTheEnd = /stopped: .*; lost: (?<lost>[^;\n]*)/;

/** pkt-tracer with what it said of itself in each of its lives. */
export class AgentService {
  readonly service: Service;
  readonly #capturing = new Map<Life, number>();
  readonly #health = new Map<Life, AgentHealth>();
  /** What its socket had dropped before it said that it captures: none of these packets is the agent's to explain. */
  readonly #dropsBefore = new Map<Life, number>();
  /** What its socket had dropped when it was killed. */
  readonly #dropsAtTheEnd = new Map<Life, number>();
  #watching = true;

  /**
   * @param socket where its health endpoint is reached
   * @param drops what the kernel says that the agent's socket has dropped; 0 where there is none
   */
  constructor(
    lab: Lab,
    options: ProgramOptions,
    private readonly socket: string,
    private readonly drops: () => Promise<number>,
  ) {
    this.service = new Service(lab, options);
    lab.defer(() => {
      this.#watching = false;
    });
    void this.#watch();
  }

  /** What it said last. */
  get health(): AgentHealth | undefined {
    return this.#health.get(this.service.life);
  }

  /** Asks it now. */
  async look(): Promise<AgentHealth | undefined> {
    const { lives } = this.service;
    const life = lives.at(-1);
    if (!life?.program.running || life.expected) return undefined;
    const text = await askSocket(this.socket, '/healthz');
    // an answer that came while another one was started tells nothing of either
    if (text === undefined || life !== lives.at(-1)) return undefined;
    const health = JSON.parse(text) as AgentHealth;
    this.#health.set(life, health);
    if (health.capturing && !this.#capturing.has(life)) await this.#captures(life);
    return health;
  }

  /** @returns whether all that it captured is where it shall be, or counted as lost */
  isIdle(health: AgentHealth | undefined): boolean {
    if (health === undefined) return false;
    const { rows, rowsPublished, lost, spool } = health;
    if (spool !== undefined) return spool.batches === 0;
    const given = Object.entries(lost).filter(([cause]) => !beforeRows.includes(cause));
    return rows === rowsPublished + given.reduce((sum, [, count]) => sum + count, 0);
  }

  /** @returns whether its spool takes batches, as far as it says; yes where it does not run */
  spoolTakes(): boolean {
    const { program } = this.service.life;
    return !program.running || spoolTakes(program.stderr);
  }

  /** kill -9. */
  async kill(): Promise<void> {
    await this.freeze();
    await this.service.end('SIGKILL');
  }

  /**
   * Stops it for good, right after asking what it lost so far: what it counts is gone with it. It notices an overrun a second
   * late, so that count is the kernel's, which is final once nobody reads.
   */
  async freeze(): Promise<void> {
    await this.look();
    if (!this.service.running) return;
    this.service.freeze();
    this.#dropsAtTheEnd.set(this.service.life, await this.drops());
  }

  /** @returns its lives as the account takes them */
  runs(): AgentRun[] {
    return this.service.lives.map((life) => {
      const { ended_ms, killed, program } = life;
      const capturing_ms = this.#capturing.get(life) ?? Infinity;
      const text = lostAtTheEnd.exec(program.stderr)?.groups?.['lost'];
      const lost = text === undefined ? (this.#health.get(life)?.lost ?? {}) : numbers(text);
      const drops = Math.max(lost['overrun'] ?? 0, this.#dropsAtTheEnd.get(life) ?? 0);
      const overrun = Math.max(0, drops - (this.#dropsBefore.get(life) ?? 0));
      return { capturing_ms, ended_ms, killed, lost: counted({ ...lost, overrun }) };
    });
  }

  /** What is dropped meanwhile is counted as after it. */
  async #captures(life: Life): Promise<void> {
    const drops = await this.drops();
    if (this.#capturing.has(life)) return;
    this.#dropsBefore.set(life, drops);
    this.#capturing.set(life, monotonicMs());
  }

  async #watch(): Promise<void> {
    while (this.#watching) {
      await this.look();
      await sleep(POLL_MS);
    }
  }
}

/** @param log of one life of the agent @returns whether the newest word on its spool's disk is a good one, or there is none */
export function spoolTakes(log: string): boolean {
  return log.lastIndexOf('the spool takes batches again') >= log.lastIndexOf(' takes no batches (');
}

/** @returns the counts of `overrun 3, queue_full 0` */
function numbers(list: string): Record<string, number> {
  const pairs = [...list.matchAll(/(\S+) (\d+)/g)];
  return Object.fromEntries(pairs.map(([, cause = '', count]) => [cause, Number(count)]));
}

const counted = (lost: Readonly<Record<string, number>>): Record<string, number> =>
  Object.fromEntries(Object.entries(lost).filter(([, count]) => count > 0));
