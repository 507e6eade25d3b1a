#!/usr/bin/env bash
# Installs what is missing and runs everything: check, build, unit tests, end-to-end tests.
# The last line is `N passed, N failed, N skipped`: tests, and each step of check and build as one.
set -euo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
VISOR_DIR=$(realpath -m "${VISOR_DIR:-$root/.visor}")
passed=0 failed=0 skipped=0

# shellcheck source=scripts/lib/log.sh
source "$root/scripts/lib/log.sh"
# shellcheck source=scripts/lib/install.sh
source "$root/scripts/lib/install.sh"

# step NAME COMMAND…: counts as one test.
step() {
  local name=$1 began=$SECONDS
  shift
  busy check "$name"
  if ("$@") >"$reports/step.log" 2>&1; then
    passed=$((passed + 1))
    say ok "$name ($((SECONDS - began)) s)"
  else
    failed=$((failed + 1))
    say FAILED "$name ($*)"
    sed 's/^/    /' "$reports/step.log"
  fi
}

# tests PROJECT: runs a vitest project and adds up its report. A run without a report, or that fails without a failed
# test, counts as one failed.
tests() {
  local report=$reports/$1.json code=0 counts
  say "$1" 'tests'
  npx vitest run --project "$1" --reporter=default --reporter=json --outputFile.json="$report" || code=$?
  counts=$(node "$root/scripts/lib/count-tests.mjs" "$1" "$report" "$code")
  local p f s
  read -r p f s <<<"$counts"
  passed=$((passed + p)) failed=$((failed + f)) skipped=$((skipped + s))
}

# The last line, whatever happened before: a run that did not come to its end has failed.
finish() {
  local code=$?
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
  for part in types lint format imports; do step "check:$part" npm run --silent "check:$part"; done
  step build build_all
  tests unit
  tests e2e
  tests e2e-server
  tests e2e-alone
}

main "$@"
