import { existsSync, writeFileSync } from 'node:fs';
import { delimiter, join, resolve } from 'node:path';
import { type Result, tryRun } from './command.js';
import { eventually } from './eventually.js';
import { type Lab } from './lab.js';
import { freePort } from './ports.js';
import { projectRoot } from './root.js';

/** Where scripts/test.sh unpacks Debian's package; see docs/adr/0048-prometheus-for-tests.md. */
const unpacked = resolve(process.env['VISOR_DIR'] ?? join(projectRoot, '.visor'), 'prometheus/usr/bin');

/** @returns the path of a program of Prometheus. @throws where it is not there: its tests then fail, they are not skipped */
function find(program: 'prometheus' | 'promtool'): string {
  const directories = [...(process.env['PATH'] ?? '').split(delimiter), unpacked];
  const found = directories.map((directory) => join(directory, program)).find((path) => existsSync(path));
  if (found === undefined)
    throw new Error(`${program} is neither in the PATH nor in ${unpacked}; scripts/test.sh brings it`);
  return found;
}

/** Runs promtool to its end. @param input what it reads from standard input */
export const promtool = (args: readonly string[], input = ''): Promise<Result> =>
  tryRun([find('promtool'), ...args], { input });

/** @returns what `promtool check metrics` finds fault with in a scrape, a line each: empty = nothing */
export async function metricFaults(scrape: string): Promise<string[]> {
  const { code, stdout, stderr } = await promtool(['check', 'metrics'], scrape);
  const faults = [...new Set(`${stdout}${stderr}`.split('\n').filter(Boolean))];
  return faults.length > 0 || code === 0 ? faults : [`promtool ended with ${code}`];
}

/** A series of an answer: its labels, and its values in their order. */
export interface PromSeries {
  readonly labels: Readonly<Record<string, string>>;
  readonly values: readonly number[];
}

/** A rule as Prometheus runs it. */
export interface RunningRule {
  readonly name: string;
  readonly health: string;
  readonly state?: string;
  readonly lastError?: string;
  readonly alerts?: readonly {
    readonly state: string;
    readonly labels: Readonly<Record<string, string>>;
    readonly annotations: Readonly<Record<string, string>>;
  }[];
}

interface Answer<T> {
  readonly status: string;
  readonly error?: string;
  readonly data: T;
  readonly warnings?: readonly string[];
  readonly infos?: readonly string[];
}

type Point = readonly [number, string];

interface Vector {
  readonly resultType: string;
  readonly result: readonly {
    readonly metric: Readonly<Record<string, string>>;
    readonly value?: Point;
    readonly values?: readonly Point[];
  }[];
}

/** A real Prometheus on a loopback port of its own. */
export class Prometheus {
  private constructor(readonly url: string) {}

  /** @param config prometheus.yml; it lies in a directory of its own */
  static async start(lab: Lab, config: string): Promise<Prometheus> {
    const directory = lab.directory('prometheus');
    const file = join(directory, 'prometheus.yml');
    writeFileSync(file, config);
    const address = `127.0.0.1:${await freePort()}`;
    const program = lab.start({
      name: 'prometheus',
      command: [
        find('prometheus'),
        `--config.file=${file}`,
        `--storage.tsdb.path=${directory}/data`,
        `--web.listen-address=${address}`,
      ],
    });
    await program.untilOutput(/Server is ready to receive web requests/, 60_000);
    return new Prometheus(`http://${address}`);
  }

  /** @returns the series of now @throws where Prometheus refuses the query or warns of it */
  async now(query: string): Promise<PromSeries[]> {
    return seriesOf(await this.#ask<Vector>('query', { query }));
  }

  /** @returns the series from `from_s` until now, second by second @throws as `now` */
  async range(query: string, from_s: number): Promise<PromSeries[]> {
    const end_s = Date.now() / 1000;
    // Whole steps back from now, so that what came last is seen.
    const start_s = end_s - Math.floor(end_s - from_s);
    const span = { start: start_s.toFixed(3), end: end_s.toFixed(3), step: '1' };
    return seriesOf(await this.#ask<Vector>('query_range', { query, ...span }));
  }

  /** Waits until a query that gives one number gives that one, or one at least as large. @throws when the time is up */
  async until(query: string, value: number, by: '==' | '>=' | '>' = '=='): Promise<void> {
    const met = `(${query}) ${by} ${value}`;
    const found = await eventually(
      () => this.now(met),
      (series) => series.length > 0,
      { timeout_ms: 60_000, stable_ms: 0 },
    );
    if (found.length > 0) return;
    throw new Error(`${met} did not come true; it is ${JSON.stringify(await this.now(query))}`);
  }

  /** @returns the values that a label has in the series of a selector, as Grafana asks for label_values(metric, label) */
  values(label: string, selector: string): Promise<string[]> {
    return this.#ask(`label/${label}/values`, { 'match[]': selector });
  }

  async rules(): Promise<RunningRule[]> {
    const { groups } = await this.#ask<{ groups: { rules: RunningRule[] }[] }>('rules', {});
    return groups.flatMap(({ rules }) => rules);
  }

  /** @returns the type of each metric, as the endpoints declare it */
  async types(): Promise<Map<string, string>> {
    const metadata = await this.#ask<Record<string, { type: string }[]>>('metadata', {});
    return new Map(Object.entries(metadata).map(([name, [first]]) => [name, first?.type ?? 'unknown']));
  }

  async #ask<T>(path: string, parameters: Readonly<Record<string, string>>): Promise<T> {
    const answer = await fetch(`${this.url}/api/v1/${path}?${new URLSearchParams(parameters).toString()}`);
    const text = await answer.text();
    const { status, error, data, warnings = [], infos = [] } = JSON.parse(text) as Answer<T>;
    if (status !== 'success') throw new Error(`${parameters['query'] ?? path}: ${error ?? text}`);
    const told = [...warnings, ...infos];
    if (told.length > 0) throw new Error(`${parameters['query'] ?? path}: ${told.join('; ')}`);
    return data;
  }
}

const seriesOf = ({ result }: Vector): PromSeries[] =>
  result.map(({ metric, value, values = value ? [value] : [] }) => ({
    labels: metric,
    values: values.map(([, number]) => Number(number)),
  }));
