import { type Command } from '@oclif/core';

type Flag = Command.Flag.Cached;

const code = (text: string): string => `\`${text}\``;
/** A | would end a cell. */
const cell = (text: string): string => text.replaceAll('|', '\\|').replace(/\s+/g, ' ');

function valueOf(flag: Flag): string {
  if (flag.type === 'boolean') return '';
  const { helpValue } = flag;
  const shown = Array.isArray(helpValue) ? helpValue.join(' ') : (helpValue ?? '<value>');
  return `=${shown}`;
}

function nameOf(flag: Flag): string {
  const short = flag.char === undefined ? '' : `-${flag.char}, `;
  const name = flag.type === 'boolean' && flag.allowNo ? `[no-]${flag.name}` : flag.name;
  return code(`${short}--${name}${valueOf(flag)}`);
}

function whatOf(flag: Flag): string {
  const parts = [flag.summary ?? flag.description ?? ''];
  if (flag.type === 'option' && typeof flag.default === 'string') parts.push(`default ${code(flag.default)}`);
  return cell(parts.join('; '));
}

/** @returns flags as a Markdown table; '' where there are none */
export function flagTable(flags: readonly Flag[]): string {
  if (flags.length === 0) return '';
  const rows = flags.map((flag) => `| ${cell(nameOf(flag))} | ${whatOf(flag)} |`);
  return `| flag | what |\n| --- | --- |\n${rows.join('\n')}\n`;
}
