# shellcheck shell=bash
# What a person sees: one aligned line a step, and one sentence when something is wrong.

if [ -t 1 ]; then bold=$'\e[1m' dim=$'\e[2m' red=$'\e[31m' plain=$'\e[0m' again=$'\r\e[K'; else bold='' dim='' red='' plain='' again=''; fi

# say NAME TEXT: a finished step.
say() { printf '%s  %s%-8s%s %s\n' "$again" "$bold" "$1" "$plain" "$2"; }

# busy NAME TEXT: what is under way; on a terminal the step's last line takes its place.
busy() { [ -z "$again" ] || printf '%s  %s%-8s %s …%s' "$again" "$dim" "$1" "$2" "$plain"; }

# die SENTENCE: ends the script. Whatever runs is stopped by the EXIT trap.
die() {
  printf '%s%svisor:%s %s\n' "$again" "$red" "$plain" "$1" >&2
  exit 1
}

# die_with_log SENTENCE FILE [PATTERN]: the same, with the last lines of a log, or the first that match.
die_with_log() {
  printf '%s%svisor:%s %s; from %s:\n' "$again" "$red" "$plain" "$1" "$2" >&2
  local lines
  lines=$(grep -m 12 -E "${3:-^$}" "$2") || lines=
  printf '%s\n' "${lines:-$(tail -n 12 "$2")}" | sed 's/^/    /' >&2
  exit 1
}
