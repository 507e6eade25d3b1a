import { type Log } from '#app-kit';
import { type AlertRule, type ParsedRules, type RuleFault } from '#alerts';
import { FolderPoll } from './folder-poll.js';
import { readRules, type RulePlaces } from './rule-files.js';

/** @returns `alerts.d/net.yaml:12: reason` */
export const faultText = ({ file, line, reason }: RuleFault): string => `${file}:${line}: ${reason}`;

/** The alert rules in force, followed: a change is in force without a restart, and a bad rule stops no other. */
export class RuleBook {
  /** Is called when others are in force. */
  onChange: () => void = () => undefined;
  readonly #poll: FolderPoll;
  #parsed: ParsedRules = { rules: [], faults: [] };
  #reading: Promise<void> = Promise.resolve();
  /** Those that were told. */
  #told = new Set<string>();

  constructor(
    private readonly places: RulePlaces,
    private readonly log: Log,
  ) {
    const { directory, configFile } = places;
    this.#poll = new FolderPoll(directory, configFile === undefined ? [] : [configFile], () => {
      void this.reload();
    });
  }

  get rules(): readonly AlertRule[] {
    return this.#parsed.rules;
  }

  get faults(): readonly RuleFault[] {
    return this.#parsed.faults;
  }

  /** Reads the rules, and again when their files change. */
  async start(interval_ms: number): Promise<void> {
    await this.#poll.start(interval_ms);
    await this.reload();
  }

  stop(): void {
    this.#poll.stop();
    process.off('SIGHUP', this.#hangUp);
  }

  /** From now on SIGHUP reads them at once. */
  listen(): void {
    process.on('SIGHUP', this.#hangUp);
  }

  /** Resolves when what the files have now is in force. */
  reload(): Promise<void> {
    this.#reading = this.#reading.then(() => this.#read());
    return this.#reading;
  }

  readonly #hangUp = (): void => {
    void this.reload();
  };

  async #read(): Promise<void> {
    const before = this.#parsed;
    this.#parsed = await readRules(this.places, before.rules);
    this.#tellFaults();
    const [was, is] = [before.rules, this.rules].map((rules) => JSON.stringify(rules, plain));
    if (was === is) return;
    this.log.log(`alert rules: ${this.rules.length} in force, ${this.faults.length} with a fault`);
    this.onChange();
  }

  #tellFaults(): void {
    const now = new Set(this.faults.map(faultText));
    for (const text of now) if (!this.#told.has(text)) this.log.error(`alert rule refused: ${text}`);
    this.#told = now;
  }
}

const plain = (_name: string, value: unknown): unknown => {
  if (typeof value === 'bigint') return `${value}n`;
  return value instanceof Uint8Array ? [...value] : value;
};
