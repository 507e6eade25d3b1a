import { envName, settingsOf } from './setting.js';

/** One line of the configuration's reference. */
export interface ReferenceRow {
  readonly key: string;
  readonly env: string;
  readonly default: string;
  readonly doc: string;
  readonly allowed: string;
}

/** @returns every setting of a configuration class, for `--help` and the reference page */
export function configReference(Config: new () => object, prefix: string): ReferenceRow[] {
  const defaults = new Config() as Record<string, unknown>;
  return settingsOf(Config).map(({ key, property, doc, kind }) => ({
    key,
    env: envName(prefix, key),
    default: String(kind.show(defaults[property])),
    doc,
    allowed: kind.allowed,
  }));
}

/** @returns the reference as aligned text: key, default and doc, with the environment's name below */
export function referenceText(rows: readonly ReferenceRow[]): string {
  const width = Math.max(...rows.map((r) => Math.max(r.key.length, r.env.length))) + 2;
  return rows
    .map((r) => {
      const fallback = r.default === '' ? '' : ` (default ${r.default})`;
      return `  ${r.key.padEnd(width)}${r.doc}${fallback}\n  ${r.env.padEnd(width)}takes ${r.allowed}`;
    })
    .join('\n');
}

/** @returns the reference as a Markdown table */
export function referenceMarkdown(rows: readonly ReferenceRow[]): string {
  const cell = (text: string): string => text.replaceAll('|', '\\|');
  return [
    '| key | environment | default | what | takes |',
    '|---|---|---|---|---|',
    ...rows.map((r) => {
      const fallback = r.default === '' ? '' : `\`${r.default}\``;
      return `| \`${r.key}\` | \`${r.env}\` | ${fallback} | ${cell(r.doc)} | ${cell(r.allowed)} |`;
    }),
  ].join('\n');
}
