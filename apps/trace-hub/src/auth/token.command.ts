import { appendFileSync, existsSync, readFileSync } from 'node:fs';
import { StartError, type Command } from '#app-kit';
import { type HubConfig } from '../config.js';
import { badName, parseTokenLines, roleOf, roles, tokenLine, TokenFileError } from './token-lines.js';
import { digestOf, newToken } from './token.js';

const refuse = (sentence: string): never => {
  throw new StartError(sentence, { code: 'bad_config' });
};

/** `trace-hub token NAME`: makes a token, and the line that lets it in. */
export const tokenCommand: Command<HubConfig> = {
  name: 'token',
  summary: 'Makes a token, and the line of the tokens file that lets it in',
  arguments: ['NAME'],
  flags: [
    { name: 'role', value: 'ROLE', doc: `what it may do: ${roles.join(' or ')} (default read)` },
    { name: 'file', value: 'FILE', doc: 'add the line to this file, and print the token alone' },
  ],
  notes: [
    'The token is printed on standard output, once: the hub keeps its hash alone. A hub that runs takes the changed file',
    'by itself. To rotate a token make another one of the same name, and remove the old line when nobody uses it.',
  ].join('\n'),
  run: async ({ arguments: [name = ''], flag, host }) => {
    const fault = badName(name);
    if (fault !== undefined) refuse(`NAME: ${JSON.stringify(name)} is not allowed; ${fault}`);
    const given = flag('role') ?? 'read';
    const role = roleOf(given) ?? refuse(`--role: "${given}" is not known; it takes ${roles.join(' or ')}`);
    const token = newToken();
    const line = tokenLine(name, role, digestOf(token));
    const file = flag('file');
    if (file === undefined) {
      host.out(`${token}\n`);
      host.err(`The line for the file of auth.tokens-file:\n${line}\n`);
      return;
    }
    addLine(file, line);
    host.out(`${token}\n`);
    host.err(`${name} may log in with the role ${role}: its line is in ${file}\n`);
  },
};

/** @throws StartError when the file has lines that the hub would refuse: it would take the new one neither */
function addLine(file: string, line: string): void {
  try {
    const before = existsSync(file) ? readFileSync(file, 'utf8') : '';
    const gap = before === '' || before.endsWith('\n') ? '' : '\n';
    parseTokenLines(`${before}${gap}${line}\n`);
    appendFileSync(file, `${gap}${line}\n`, { mode: 0o600 });
  } catch (error) {
    const why =
      error instanceof TokenFileError ? `cannot be used: ${error.message}` : (error as Error).message;
    refuse(`--file: "${file}" ${why}`);
  }
}
