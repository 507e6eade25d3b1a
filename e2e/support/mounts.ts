import {
  closeSync,
  existsSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  truncateSync,
  writeSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { run } from './command.js';
import { type Lab } from './lab.js';

const BALLAST = 'ballast';

/** A small file system of its own, that can be filled up. */
export class Disk {
  private constructor(
    /** Where it is mounted. */
    readonly path: string,
    /** The file that holds it; undefined: memory. */
    readonly image: string | undefined,
  ) {}

  /** Memory of at most `mib` MiB. */
  static async inMemory(lab: Lab, path: string, mib: number): Promise<Disk> {
    mkdirSync(path, { recursive: true });
    await mount(lab, ['-t', 'tmpfs', '-o', `size=${mib}m,mode=755`, 'visor-test', path], path);
    return new Disk(path, undefined);
  }

  /** A new ext4 of `mib` MiB in a sparse file. */
  static async inFile(lab: Lab, path: string, image: string, mib: number): Promise<Disk> {
    closeSync(openSync(image, 'w'));
    truncateSync(image, mib * 2 ** 20);
    await run(['mkfs.ext4', '-q', '-F', '-m', '0', image]);
    return Disk.fromFile(lab, path, image);
  }

  /** What a file holds. */
  static async fromFile(lab: Lab, path: string, image: string): Promise<Disk> {
    mkdirSync(path, { recursive: true });
    await mount(lab, ['-o', 'loop', image, path], path);
    return new Disk(path, image);
  }

  /** Takes all the space that is left, until `free`. */
  fill(): void {
    const file = openSync(join(this.path, BALLAST), 'a');
    try {
      for (let block = 2 ** 20; block >= 512; block /= 2) writeAll(file, Buffer.alloc(block));
    } finally {
      closeSync(file);
    }
  }

  free(): void {
    rmSync(join(this.path, BALLAST), { force: true });
  }

  /** Takes it away; its users must have ended. */
  unmount(): Promise<void> {
    return unmount(this.path);
  }
}

function writeAll(file: number, block: Buffer): void {
  try {
    while (writeSync(file, block) > 0);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOSPC') throw error;
  }
}

/** Its end comes with the lab's, also where the lab is closed meanwhile. */
async function mount(lab: Lab, args: readonly string[], path: string): Promise<void> {
  const mounting = run(['mount', ...args]);
  lab.defer(async () => {
    await mounting.catch(() => undefined);
    await unmount(path);
  });
  await mounting;
}

/** Also while somebody still uses it: it then goes with the last of them. */
async function unmount(path: string): Promise<void> {
  if (mounted().includes(path)) await run(['umount', '--lazy', path]);
}

const mounted = (): string[] =>
  readFileSync('/proc/self/mounts', 'utf8')
    .split('\n')
    .map((line) => line.split(' ')[1] ?? '');

/** Unmounts and removes what labs of processes that are gone have left: their directories bear the pid. */
export async function sweepDirectories(): Promise<void> {
  const stale = readdirSync(tmpdir()).filter((name) => {
    const pid = /^visor-test-(\d+)-/.exec(name)?.[1];
    return pid !== undefined && !existsSync(`/proc/${pid}`);
  });
  for (const directory of stale.map((name) => join(tmpdir(), name))) {
    const inside = mounted().filter((path) => path.startsWith(`${directory}/`));
    for (const path of inside.reverse()) await run(['umount', '--lazy', path]);
    rmSync(directory, { recursive: true, force: true });
  }
}
