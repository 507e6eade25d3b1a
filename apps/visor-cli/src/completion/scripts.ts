export const shells = ['bash', 'zsh', 'fish'] as const;
export type Shell = (typeof shells)[number];

const bash = `# bash completion for visor-cli: source <(visor-cli autocomplete bash)
_visor_cli() {
  local line quoted
  COMPREPLY=()
  while IFS= read -r line; do
    if [[ $line == ':files' ]]; then
      compopt -o default
      return
    fi
    printf -v quoted %q "$line"
    [[ \${COMP_WORDS[COMP_CWORD]} == [\\"\\']* ]] && quoted=$line
    COMPREPLY+=("$quoted")
  done < <("$1" complete bash "$COMP_CWORD" "\${COMP_WORDS[@]}" 2>/dev/null)
}
complete -F _visor_cli visor-cli
`;

const zsh = `#compdef visor-cli
# zsh completion for visor-cli: source <(visor-cli autocomplete zsh), after compinit
_visor_cli() {
  local line word about
  local -a lines found
  lines=("\${(@f)$("\${words[1]}" complete zsh $((CURRENT - 1)) "\${(@Q)words}" 2>/dev/null)}")
  if [[ \${lines[1]} == ':files'* ]]; then
    _files
    return
  fi
  for line in $lines; do
    word=\${\${line%%$'\\t'*}//:/\\\\:} about=\${line#*$'\\t'}
    found+=("$word\${about:+:$about}")
  done
  (( $#found )) && _describe -V value found
}
(( $+functions[compdef] )) && compdef _visor_cli visor-cli
`;

const fish = `# fish completion for visor-cli: visor-cli autocomplete fish | source
function __visor_cli_complete
  set -l done (commandline -opc)
  set -l current (commandline -ct)
  test (count $current) -eq 0; and set current ''
  set -l lines ($done[1] complete fish (count $done) $done "$current" 2>/dev/null)
  if string match -q ':files*' -- $lines[1]
    __fish_complete_path "$current"
  else if test (count $lines) -gt 0
    printf '%s\\n' $lines
  end
end
complete -c visor-cli -f -a '(__visor_cli_complete)'
`;

/** The scripts that shells read; each asks \`visor-cli complete\` at every tab. */
export const completionScripts: Readonly<Record<Shell, string>> = { bash, zsh, fish };
