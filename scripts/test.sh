#!/usr/bin/env bash
# Installs what is missing and runs everything: check, build, unit tests, end-to-end tests.
# The last line is `N passed, N failed, N skipped`: tests, and each step of check and build as one.
set -euo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
VISOR_DIR=$(realpath -m "${VISOR_DIR:-$root/.visor}")
passed=0 failed=0 skipped=0
aside=

# shellcheck source=scripts/lib/log.sh
source "$root/scripts/lib/log.sh"
# shellcheck source=scripts/lib/install.sh
source "$root/scripts/lib/install.sh"

# step NAME COMMAND…: counts as one test.
step() {
  busy check "$1"
  run_step "$@"
  count_step "$@"
}

# beside NAME COMMAND…: starts a step that runs beside those that follow; `count_step` waits for it. It has a process
# group of its own, so that `finish` can end all of it.
beside() {
  set -m
  { set +m && run_step "$@"; } &
  aside=$!
  set +m
}

# run_step NAME COMMAND…: leaves what it printed, its exit code and its seconds.
run_step() {
  local name=$1 began=$SECONDS code=0
  shift
  ("$@") >"$reports/$name.log" 2>&1 </dev/null || code=$?
  echo "$code $((SECONDS - began))" >"$reports/$name.end"
}

# count_step NAME COMMAND…: tells what run_step left. One that left no exit code was killed, and has failed.
count_step() {
  local name=$1 code='' seconds
  shift
  read -r code seconds 2>/dev/null <"$reports/$name.end" || true
  if [ "$code" = 0 ]; then
    passed=$((passed + 1))
    say ok "$name ($seconds s)"
  else
    failed=$((failed + 1))
    say FAILED "$name ($*)"
    sed 's/^/    /' "$reports/$name.log"
  fi
}

# Lint takes as long as all other steps, and one processor: they run beside it.
checks() {
  local lint=(check:lint npm run --silent check:lint)
  beside "${lint[@]}"
  for part in types format imports; do step "check:$part" npm run --silent "check:$part"; done
  step build build_all
  busy check check:lint
  wait "$aside" || true
  aside=
  count_step "${lint[@]}"
}

# tests PROJECT…: runs projects of vitest and adds up their report. A run without a report, or that fails without a
# failed test, counts as one failed.
tests() {
  local report=$reports/$1.json code=0 counts projects
  say "$1" 'tests'
  projects=("${@/#/--project=}")
  npx vitest run "${projects[@]}" --reporter=default --reporter=json --outputFile.json="$report" || code=$?
  counts=$(node "$root/scripts/lib/count-tests.mjs" "$*" "$report" "$code")
  local p f s
  read -r p f s <<<"$counts"
  passed=$((passed + p)) failed=$((failed + f)) skipped=$((skipped + s))
}

# The last line, whatever happened before: a run that did not come to its end has failed.
finish() {
  local code=$?
  [ -z "$aside" ] || kill -TERM -- "-$aside" 2>/dev/null || true
  rm -rf "$reports"
  [ $code -eq 0 ] || [ "$failed" -gt 0 ] || failed=1
  printf '%s passed, %s failed, %s skipped\n' "$passed" "$failed" "$skipped"
  [ "$failed" -eq 0 ] || exit 1
}

main() {
  local why='to make network namespaces and load rulesets in them (and to install packages)'
  # Where nobody can answer sudo, what needs root is skipped, and counted.
  if [ -t 0 ] && command -v sudo >/dev/null; then need_root "$why" "${BASH_SOURCE[0]}" "$@"; fi
  reports=$(mktemp -d)
  trap finish EXIT
  trap 'exit 130' INT
  trap 'exit 143' TERM HUP
  need_node
  install_all ip=iproute2 nft=nftables nats-server=nats-server zsh=zsh fish=fish tmux=tmux
  fetch_prometheus
  cd "$root"
  checks
  tests unit
  # In one run: no worker waits at the end of one for the other.
  tests e2e e2e-server
  tests e2e-alone
}

main "$@"
