import { renameSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { openStore } from '#clickhouse';
import { joinStreams } from '#wire';
import { run, tryRun } from '../support/command.js';
import { monotonicMs } from '../support/known-packets.js';
import { type Lab } from '../support/lab.js';
import { Disk } from '../support/mounts.js';
import { type RunOptions } from './options.js';
import { type Fault } from './schedule.js';
import { SeededRandom } from './random.js';
import { play, type Result, type Tell } from './run.js';
import { waitFor } from './service.js';
import { type Places } from './places.js';
import { Stage } from './stage.js';

/** Of a run's options those that power cuts have. */
export type PowerCutOptions = Pick<RunOptions, 'seed' | 'faults' | 'rate' | 'storage' | 'hubs' | 'agentEnv'>;

/** MiB; the files are sparse. */
const sizes = { nats: 256, spool: 128, clickhouse: 1024 } as const;
type Name = keyof typeof sizes;
const names = Object.keys(sizes) as Name[];

/** Seconds that everything runs before a cut, at least and at most. */
const RUNS_S = [6, 14] as const;

/** The three disks, each an ext4 in a file, and the files in memory, so that they are copied in a moment. */
class Disks {
  readonly #disks = {} as Record<Name, Disk>;

  private constructor(
    private readonly lab: Lab,
    private readonly directory: string,
  ) {}

  static async make(lab: Lab, directory: string): Promise<Disks> {
    const disks = new Disks(lab, directory);
    await Disk.inMemory(lab, join(directory, 'images'), 4096);
    for (const name of names) {
      disks.#disks[name] = await Disk.inFile(lab, disks.#path(name), disks.#image(name), sizes[name]);
    }
    return disks;
  }

  get places(): Places {
    const { nats, spool, clickhouse } = this.#disks;
    return { nats, spool, clickhouse: join(clickhouse.path, 'data') };
  }

  /**
   * Copies what was written through to the devices, as a power cut leaves it: what only the page cache of the file
   * systems has is not in it. Nobody may run. The kernel may still write back meanwhile: it is copied until two copies are equal.
   */
  async copy(): Promise<void> {
    for (const name of names) {
      const [image, first, second] = [this.#image(name), `${this.#image(name)}.1`, `${this.#image(name)}.2`];
      do {
        await run(['cp', '--sparse=always', image, first]);
        await run(['cp', '--sparse=always', image, second]);
      } while ((await tryRun(['cmp', '--silent', first, second])).code !== 0);
      await run(['rm', second]);
    }
  }

  /** Puts the copies in the disks' place. */
  async useCopies(): Promise<void> {
    for (const name of names) {
      await this.#disks[name].unmount();
      renameSync(`${this.#image(name)}.1`, this.#image(name));
      this.#disks[name] = await Disk.fromFile(this.lab, this.#path(name), this.#image(name));
    }
  }

  #path(name: Name): string {
    return join(this.directory, name);
  }

  #image(name: Name): string {
    return join(this.directory, 'images', `${name}.img`);
  }
}

/** Cuts the power again and again while known packets are sent. @returns where each packet is in the end */
export async function runPowerCuts(lab: Lab, options: PowerCutOptions, tell: Tell): Promise<Result> {
  const { seed, faults: cuts, rate, storage, hubs } = options;
  const directory = lab.directory('power');
  const disks = await Disks.make(lab, directory);
  // only what is synced counts here
  const agentEnv = { PT_SPOOL_SYNC: 'always', ...options.agentEnv };
  const { places } = disks;
  if (storage === 'http') await makeSyncedTables(places.clickhouse);
  const stage = await Stage.build(lab, { directory, places, storage, hubs, agentEnv });
  const random = new SeededRandom(seed);
  const faults: Fault[] = [];
  const act = async (_: Stage, began_ms: number): Promise<void> => {
    for (let cut = 1; cut <= cuts; cut++) {
      await sleep(random.between(...RUNS_S) * 1000);
      const at_s = Number(((monotonicMs() - began_ms) / 1000).toFixed(1));
      tell(`${at_s} s  power cut`);
      await cutPower(stage, disks);
      const lasts_s = Number(((monotonicMs() - began_ms) / 1000 - at_s).toFixed(1));
      faults.push({ kind: 'power-cut', at_s, lasts_s, amount: 0, pick: 0 });
    }
  };
  return play(lab, stage, { seed, rate, faults, act }, tell);
}

/** A server syncs as its tables say; to hubs it is one whose tables were there before. */
async function makeSyncedTables(directory: string): Promise<void> {
  const store = await openStore({ url: `embedded:${directory}`, fsync: true, join: joinStreams });
  await store.close();
}

async function cutPower(stage: Stage, disks: Disks): Promise<void> {
  const { services } = stage;
  await stage.agent.freeze();
  for (const service of services) if (service !== stage.agent.service) service.freeze();
  await disks.copy();
  for (const service of services) await service.end('SIGKILL');
  await disks.useCopies();
  for (const service of services) service.start();
  await waitFor(
    'pkt-tracer captures again',
    stage.agent.service,
    () => stage.agent.health?.capturing === true,
  );
}
