/**
 * What `promtool check metrics` (Prometheus's package util/promlint) finds fault with in a scrape, and percent, which it
 * lets pass. Debian has promtool only together with the server, which an installation starts.
 */

/** A family of metrics as its scrape describes it. */
interface Family {
  readonly name: string;
  readonly type: string;
  readonly help: string;
  readonly labels: ReadonlySet<string>;
}

const counterEnd = '_total';
const types = ['counter', 'gauge', 'histogram', 'summary', 'untyped'];

/** Words for units that are not the one which names should have. */
const baseUnits: Readonly<Record<string, string>> = {
  ...named('seconds', ['milliseconds', 'microseconds', 'nanoseconds', 'minutes', 'hours', 'days', 'weeks']),
  ...named('bytes', ['bits', 'kilobytes', 'megabytes', 'gigabytes', 'kib', 'mib', 'gib']),
  ...named('ratio', ['percent', 'percentage']),
};
const abbreviations = new Set(['s', 'sec', 'secs', 'ms', 'us', 'ns', 'hr', 'b', 'kb', 'mb', 'gb', 'pct']);

function named(base: string, words: readonly string[]): Record<string, string> {
  return Object.fromEntries(words.map((word) => [word, base]));
}

/** @returns the families of a scrape in Prometheus's text form @throws where a sample belongs to none */
function familiesOf(text: string): Family[] {
  const families = new Map<string, Family & { labels: Set<string> }>();
  const help = new Map<string, string>();
  for (const line of text.split('\n').filter(Boolean)) {
    const [, kind, described = '', rest = ''] = /^# (HELP|TYPE) (\S+) ?(.*)$/.exec(line) ?? [];
    if (kind === 'HELP') help.set(described, rest);
    else if (kind === 'TYPE') {
      families.set(described, {
        name: described,
        type: rest,
        help: help.get(described) ?? '',
        labels: new Set(),
      });
    } else if (!line.startsWith('#')) {
      const [, sample = '', labels = ''] = /^([^{\s]+)(?:\{(.*)\})? \S+( \d+)?$/.exec(line) ?? [];
      const family = families.get(sample) ?? families.get(sample.replace(/_(bucket|sum|count)$/, ''));
      if (!family) throw new Error(`a sample without a description: ${line}`);
      for (const [, label = ''] of labels.matchAll(/(?:^|,)([A-Za-z0-9_]+)="/g)) family.labels.add(label);
    }
  }
  return [...families.values()];
}

const rules: readonly ((family: Family) => string | false)[] = [
  ({ name }) => !/^[a-z][a-z0-9_]*$/.test(name) && 'has characters other than a-z, 0-9 and _',
  ({ help }) => help.trim() === '' && 'has no help',
  ({ type, name }) =>
    type === 'counter' && !name.endsWith(counterEnd) && `is a counter and does not end in ${counterEnd}`,
  ({ type, name }) =>
    type !== 'counter' && name.endsWith(counterEnd) && `is no counter and ends in ${counterEnd}`,
  ({ type, name }) =>
    !/histogram|summary/.test(type) &&
    /_(bucket|count|sum)$/.test(name) &&
    'ends as the parts of a histogram do',
  ({ type, labels }) => type !== 'histogram' && labels.has('le') && 'has the label le of histograms',
  ({ type, labels }) => type !== 'summary' && labels.has('quantile') && 'has the label quantile of summaries',
  ({ labels }) =>
    [...labels].some((label) => /[A-Z]|^__/.test(label)) && 'has a label that is not in snake_case',
  ({ name }) => name.split('_').some((word) => types.includes(word)) && 'has its type in its name',
  ({ name }) => name.split('_').some((word) => abbreviations.has(word)) && 'abbreviates a unit',
  ({ name }) => {
    const word = name.split('_').find((one) => one in baseUnits);
    return word !== undefined && `should be in ${baseUnits[word]}, not ${word}`;
  },
];

/**
 * @param text a scrape in Prometheus's text form @param of only families whose names match
 * @returns what is wrong, a sentence each
 */
export function lintMetrics(text: string, of = /^visor_/): string[] {
  return familiesOf(text)
    .filter(({ name }) => of.test(name))
    .flatMap((family) =>
      rules
        .map((rule) => rule(family))
        .filter((fault) => fault !== false)
        .map((fault) => `${family.name} ${fault}`),
    );
}
