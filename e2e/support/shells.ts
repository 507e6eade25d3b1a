import { stripVTControlCharacters } from 'node:util';
import { tryRun } from './command.js';
import { type Environment } from './programs.js';

/** What a shell has of a command line after a tab. */
export interface AfterTab {
  /** The line as it is then; undefined of fish, which is asked for its list alone. */
  readonly line: string | undefined;
  /** What it shows: of fish `word<TAB>what it is`, of zsh lines of its list. */
  readonly listed: readonly string[];
}

/**
 * An interactive zsh in a terminal of its own: there is no other way to its completion. ^X shows the line as it is then,
 * between marks, below what the tab has listed.
 */
const zshScript = `
zmodload zsh/zpty
read_until() { # PATTERN: lines of the child until one that fits
  while zpty -r child part; do
    out+=$part
    [[ $part == $~1 ]] && return
  done
  print -r -- "zsh ended after: $out" >&2
  exit 1
}
zpty child zsh -f -i
zpty -w child 'PS1= PROMPT_EOL_MARK= COLUMNS=200 LISTMAX=0; autoload -Uz compinit; compinit -D; unsetopt beep
source <(visor-cli autocomplete zsh)
dump() { zle -I; print -r -- "<[$BUFFER]>" }; zle -N dump; bindkey "^X" dump; print READY'
out= && read_until 'READY*'
zpty -wn child "$TYPED"$'\\t\\x18'
out= && read_until '*<\\[*\\]>*'
print -r -- "$out"
zpty -d child
`;

async function afterTabInZsh(line: string, env: Environment): Promise<AfterTab> {
  const { code, stdout, stderr } = await tryRun(['zsh', '-f', '-c', zshScript], {
    env: { ...env, TYPED: line, TERM: 'dumb' },
  });
  if (code !== 0) throw new Error(`zsh ended with exit code ${code}: ${stderr}${stdout}`);
  const lines = stripVTControlCharacters(stdout)
    .split(/[\r\n]+/)
    .map((one) => one.trim());
  const shown = lines.find((one) => /^<\[.*\]>$/.test(one)) ?? '';
  return { line: shown.slice(2, -2), listed: lines };
}

async function afterTabInFish(line: string, env: Environment): Promise<AfterTab> {
  const script = 'visor-cli autocomplete fish | source; complete -C "$TYPED"';
  const { code, stdout, stderr } = await tryRun(['fish', '--no-config', '-c', script], {
    env: { ...env, TYPED: line },
  });
  if (code !== 0 || stderr !== '') throw new Error(`fish ended with exit code ${code}: ${stderr}`);
  return { line: undefined, listed: stdout.split('\n').filter(Boolean) };
}

/** Types a line and a tab. @param env with a PATH in which visor-cli is */
export const afterTab: Readonly<
  Record<'zsh' | 'fish', (line: string, env: Environment) => Promise<AfterTab>>
> = { zsh: afterTabInZsh, fish: afterTabInFish };
