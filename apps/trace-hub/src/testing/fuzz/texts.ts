import fc, { type Arbitrary } from 'fast-check';

/** Texts that have broken other programs: each is stored in rows too, where rows can have it. */
export const injections = [
  `'; DROP TABLE traces; --`,
  `" OR 1=1 --`,
  `\\'; TRUNCATE TABLE traces; --`,
  `') UNION ALL SELECT * FROM system.users --`,
  `{p0:String}`,
  `{p0:Identifier}`,
  '`traces`',
  `/* */ 1 -- #`,
  `$1 %s %n {{7*7}} \${7*7}`,
  `\\`,
  `\\\\'`,
  `%`,
  `_`,
  `a\u0000b`,
  `\u202eevil\u202c`,
  `נתראה שלום`,
  `👩‍👩‍👧‍👦 é`,
  `../../../etc/passwd`,
  `<script>alert(1)</script>`,
  `__proto__`,
  `constructor`,
  `NULL`,
  `\ufeffbom`,
] as const;

const tooMuch = [
  '('.repeat(3000),
  'not '.repeat(2000),
  `dport in (${Array.from({ length: 2500 }, (_, i) => i).join(', ')})`,
  Array.from({ length: 2000 }, (_, i) => i).join(','),
  'a'.repeat(7000),
  '!'.repeat(500),
  ','.repeat(2000),
  'rule ~ "' + '('.repeat(500) + '"',
];

const numbers = [
  '0',
  '-0',
  '-1',
  '1.5',
  '1e3',
  '007',
  '0x10',
  '٣',
  '65535',
  '65536',
  '4294967295',
  '4294967296',
  '9007199254740993',
  '18446744073709551615',
  '18446744073709551616',
  '9'.repeat(300),
  'NaN',
  'Infinity',
  '1_000',
  ' 1',
  '+1',
];

const patterns = [
  '^(a+)+$',
  '(a|a)*b',
  '(?=x)',
  '(?P<n>a)',
  '\\1',
  '[',
  'a{1000}{1000}',
  '.*',
  '(?i)DROP',
  '\\p{L}+',
  '\\Q\\E',
  'x{0,99999}',
  '(?U)a',
  '$^',
];

const addresses = [
  '10.0.0.1',
  '10.0.0.0/8',
  '10.0.0.0/33',
  '10.0.0.1-10.0.0.4',
  '::',
  '::ffff:10.0.0.1',
  'fe80::1%eth0',
  '2001:db8::/32',
  '::/0',
  '256.1.1.1',
  '02:00:00:00:00:01',
];

/** Percent escapes that are none, or not of UTF-8; everything else is encoded. */
export const rawPieces = ['%', '%zz', '%00', '%ff', '%c0%af', '%ed%a0%80', '%f4%90%80%80', '%25%30%30', '+'];

/** A text that fits nothing in particular. */
export const nastyText: Arbitrary<string> = fc.oneof(
  { weight: 4, arbitrary: fc.constantFrom(...injections) },
  { weight: 3, arbitrary: fc.constantFrom(...numbers) },
  { weight: 2, arbitrary: fc.constantFrom(...patterns) },
  { weight: 2, arbitrary: fc.constantFrom(...addresses) },
  { weight: 1, arbitrary: fc.constantFrom(...tooMuch) },
  { weight: 1, arbitrary: fc.constant('') },
  { weight: 2, arbitrary: fc.string({ unit: 'binary', maxLength: 40 }) },
  { weight: 2, arbitrary: fc.string({ unit: 'binary-ascii', maxLength: 20 }) },
  // Halves of surrogate pairs.
  { weight: 1, arbitrary: fc.constantFrom('\ud800', 'a\udc00b') },
);

/** A text with something put into it, cut, or written twice. */
export function broken(text: Arbitrary<string>): Arbitrary<string> {
  const piece = fc.constantFrom(...injections, '"', "'", '(', ')', ',', '!', '\n', '\u0007', '&', '=', ';');
  return fc
    .tuple(text, fc.nat({ max: 60 }), piece, fc.constantFrom('insert', 'cut', 'twice', 'append'))
    .map(([whole, place, inserted, how]) => {
      const at = Math.min(place, whole.length);
      if (how === 'cut') return whole.slice(0, at);
      if (how === 'twice') return whole + whole;
      return how === 'append' ? whole + inserted : whole.slice(0, at) + inserted + whole.slice(at);
    });
}

const asRegex = (text: string): string => text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');

/** Values that rows have or may have, by column. */
export type ColumnValues = Readonly<Record<string, Arbitrary<string>>>;

function quoted(value: string): string {
  return `"${value.replaceAll('\\', '\\\\').replaceAll('"', '\\"')}"`;
}

/** @returns texts of the filter language, most of them right @param columns values of each name that filters take */
export function filterText(columns: ColumnValues): Arbitrary<string> {
  const named = fc
    .constantFrom(...Object.entries(columns))
    .chain(([name, value]) => fc.tuple(fc.constant(name.replaceAll('_', '-')), value, value, fc.boolean()));
  const write = (value: string, plain: boolean): string =>
    plain && /^[\w.:]+$/.test(value) ? value : quoted(value);
  const comparison = fc
    .tuple(named, fc.constantFrom('==', '=', '!=', '<', '<=', '>', '>=', 'contains', '~'))
    .map(
      ([[name, value, , plain], operator]) =>
        `${name} ${operator} ${operator === '~' ? quoted(asRegex(value)) : write(value, plain)}`,
    );
  const list = fc
    .tuple(named, fc.constantFrom('in', 'not in'))
    .map(
      ([[name, one, other, plain], operator]) =>
        `${name} ${operator} (${write(one, plain)}, ${write(other, plain)})`,
    );
  const rest = fc.constantFrom(
    'ip-src in 10.0.0.0/30',
    'ip in 10.0.0.2-10.0.0.9',
    'dport in 80-90',
    'port in 50..5000',
    'rule ~ "DROP|UNION"',
    'comment ~ "^\\\\{p"',
    'sg = "web"',
    'decisive = true',
    'rule contains "\'"',
    'nosuch = 1',
    'dport = "eighty"',
    'ip-src = 5',
  );
  const { filter } = fc.letrec<{ filter: string; test: string; both: string }>((tie) => ({
    test: fc.oneof({ weight: 5, arbitrary: comparison }, { weight: 2, arbitrary: list }, rest),
    both: fc
      .tuple(tie('filter'), fc.constantFrom(' and ', ' or ', ' && ', '||', ' AND NOT '), tie('filter'))
      .map((parts) => parts.join('')),
    filter: fc.oneof(
      { depthSize: 'small', withCrossShrink: true },
      { weight: 4, arbitrary: tie('test') },
      { weight: 2, arbitrary: tie('both') },
      tie('filter').map((inner) => `not (${inner})`),
      tie('filter').map((inner) => `(${inner})`),
    ),
  }));
  return filter;
}
