import { type Command, type Config } from '@oclif/core';
import { commonFlags } from '../common-flags.js';
import { type Setting, settingNames, settings, variableOf } from '../config/settings.js';
import { exitTable } from '../exit-meanings.js';
import { filterFlags } from '../filters/filter-flags.js';
import { flagTable } from './flag-table.js';

type Loaded = Command.Loadable;

const head = `# visor-cli

This page is made from the commands themselves by \`npm run generate:cli-docs\`; \`visor-cli COMMAND --help\` says the same.
Its examples run in the tests, against a hub with stored data. \`npx visor-cli\` starts it from this repository.
`;

const filled = (text: string, config: Config): string => text.replaceAll('<%= config.bin %>', config.bin);

function exampleBlock({ examples = [] }: Loaded, config: Config): string {
  const lines = examples.map((example) => {
    if (typeof example === 'string') return filled(example, config);
    return `# ${example.description}\n${filled(example.command, config)}`;
  });
  return lines.length === 0 ? '' : `\`\`\`sh\n${lines.join('\n\n')}\n\`\`\`\n`;
}

function argumentList({ args }: Loaded): string {
  return Object.values(args)
    .map(({ name, description = '', options }) => {
      const allowed = options ? `: ${options.join(', ')}` : '';
      return `- \`${name.toUpperCase()}\`: ${description}${allowed}\n`;
    })
    .join('');
}

function section(command: Loaded, config: Config): string {
  const { id, summary = '', description = '', flags, usage } = command;
  const visible = Object.values(flags).filter(({ hidden }) => !hidden);
  const own = visible.filter(({ name }) => !(name in commonFlags) && !(name in filterFlags));
  const filters = visible.some(({ name }) => name in filterFlags && name !== 'query');
  const common = visible.some(({ name }) => name === 'host');
  const also = [
    ...(filters ? ['the [filters](#filters)'] : []),
    ...(common ? ['the [flags of every command](#flags-of-every-command)'] : []),
  ];
  const usages = usage === undefined ? [id] : [usage].flat();
  return [
    `## ${id.replaceAll(':', ' ')}\n`,
    `${summary}.\n`,
    `\`\`\`text\n${usages.map((line) => `visor-cli ${filled(line, config)}`).join('\n')}\n\`\`\`\n`,
    description,
    argumentList(command),
    flagTable(own),
    also.length > 0 ? `And ${also.join(' and ')}.\n` : '',
    exampleBlock(command, config),
  ]
    .filter((part) => part !== '')
    .join('\n');
}

/** The flags of one command, by the names of others. */
function shared(config: Config, id: string, names: object): string {
  const flags = Object.values(config.findCommand(id)?.flags ?? {});
  return flagTable(flags.filter(({ name, hidden }) => name in names && !hidden));
}

function settingsText(): string {
  const rows = settingNames.map((name) => {
    const setting: Setting = settings[name];
    const value = setting.default === undefined ? '' : `\`${setting.default}\``;
    return `| \`${name}\` | \`${variableOf(name)}\` | ${setting.doc} | ${value} |`;
  });
  return `## Settings

A flag comes before its environment variable, that before the config file, that before the default. The config file is the
one of \`--config\`, that of \`VISOR_CONFIG\`, \`./visor.yaml\` (not where another user owns it, or everybody can write it), or
\`visor/config.yaml\` in \`$XDG_CONFIG_HOME\` (\`~/.config\`): one is read, the first that there is. It is YAML, a setting a line;
paths in it are meant from where the file is.

| setting | variable | what | default |
| --- | --- | --- | --- |
${rows.join('\n')}

A command that cannot print as \`output\` says keeps its own default.
`;
}

const exitText = (): string =>
  `## Exit codes

| code | meaning |
| --- | --- |
${exitTable()
  .map(([code, what]) => `| ${code} | ${what} |`)
  .join('\n')}

An error is one sentence on standard error; \`--debug\` adds where it came from.
`;

/** @returns the page about all commands, Markdown */
export function cliPage(config: Config): string {
  const commands = config.commands.filter(({ hidden }) => !hidden).sort((a, b) => (a.id < b.id ? -1 : 1));
  return [
    head,
    settingsText(),
    exitText(),
    ...commands.map((command) => section(command, config)),
    `## Flags of every command\n\n${shared(config, 'watch', commonFlags)}`,
    `## Filters\n\nFlags of watch, top, query and series.\n\n${shared(config, 'watch', filterFlags)}`,
  ].join('\n');
}
