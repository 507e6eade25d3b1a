import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Namespace, sweepNamespaces } from './namespaces.js';
import { Program, type ProgramOptions } from './program.js';

type Cleanup = () => void | Promise<void>;

/**
 * Everything that one test makes outside of itself: namespaces, processes, directories. `close` removes it all, last
 * made first. Where the test's own process dies before that, its children die with it (see Program), and the
 * namespaces, whose names bear its pid, are swept by the next `openLab`.
 */
export class Lab {
  private readonly id = randomBytes(3).toString('hex');
  private made = 0;
  private readonly cleanups: Cleanup[] = [];
  private closing: Promise<void> | undefined;

  /** Makes a network namespace with loopback up. */
  namespace(label: string): Promise<Namespace> {
    return this.namespaceNamed(`visor-test-${process.pid}-${this.id}-${++this.made}-${label}`);
  }

  /** Makes a network namespace of exactly that name, which must begin as those of `namespace` do. */
  async namespaceNamed(name: string): Promise<Namespace> {
    this.mustBeOpen();
    const namespace = Namespace.make(name);
    // also where the lab is closed while it is being made
    this.defer(async () => (await namespace.catch(() => undefined))?.remove());
    return namespace;
  }

  /** Starts a program that ends with the lab. */
  start(options: ProgramOptions): Program {
    this.mustBeOpen();
    const program = new Program(options);
    this.defer(() => (options.abrupt ? program.kill().then(() => undefined) : program.stop()));
    return program;
  }

  /** @returns a new empty directory that is removed with the lab */
  directory(label: string): string {
    this.mustBeOpen();
    const directory = mkdtempSync(join(tmpdir(), `visor-test-${process.pid}-${label}-`));
    this.defer(() => rmSync(directory, { recursive: true, force: true }));
    return directory;
  }

  /** Runs `cleanup` when the lab closes, before those that were deferred earlier. */
  defer(cleanup: Cleanup): void {
    this.cleanups.push(cleanup);
  }

  /**
   * Removes everything; one failure does not keep the rest. Who asks while somebody else closes it waits for the same end.
   * @throws AggregateError of what could not be removed
   */
  close(): Promise<void> {
    this.closing ??= this.removeAll().finally(() => (this.closing = undefined));
    return this.closing;
  }

  /** Who is interrupted would else go on making what nobody removes. */
  private mustBeOpen(): void {
    if (this.closing) throw new Error('the lab is being closed');
  }

  private async removeAll(): Promise<void> {
    const errors: unknown[] = [];
    for (let cleanup = this.cleanups.pop(); cleanup; cleanup = this.cleanups.pop()) {
      try {
        await cleanup();
      } catch (error) {
        errors.push(error);
      }
    }
    if (errors.length > 0) throw new AggregateError(errors, 'the lab left something behind');
  }
}

/** A fresh lab, after removing what dead earlier runs left. */
export async function openLab(): Promise<Lab> {
  await sweepNamespaces();
  return new Lab();
}
