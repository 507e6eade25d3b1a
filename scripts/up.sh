#!/usr/bin/env bash
# Starts all of Visor on this machine: nats-server, trace-hub, pkt-tracer. Ctrl-C stops what it started.
set -euo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
VISOR_DIR=$(realpath -m "${VISOR_DIR:-$root/.visor}")
shown_dir=${VISOR_DIR#"$root"/}
nats_port=${VISOR_NATS_PORT:-4333} # 4222 may be the Debian service's, which has no JetStream
http_port=${VISOR_HTTP_PORT:-9650}
agent_port=${VISOR_AGENT_PORT:-5000}
sgroups_port=${VISOR_SGROUPS_PORT:-9006}
demo_wanted=no
demo_seconds=600

# shellcheck source=scripts/lib/log.sh
source "$root/scripts/lib/log.sh"
# shellcheck source=scripts/lib/install.sh
source "$root/scripts/lib/install.sh"
# shellcheck source=scripts/lib/services.sh
source "$root/scripts/lib/services.sh"
# shellcheck source=scripts/lib/demo.sh
source "$root/scripts/lib/demo.sh"

usage() {
  cat <<END
Starts Visor on this machine and shows what your firewall does to tagged packets.

  ./scripts/up.sh                traces this host until Ctrl-C
  ./scripts/up.sh --demo         traces a small firewall in network namespaces, with traffic, for 10 minutes
  ./scripts/up.sh --demo --for SECONDS

Environment: VISOR_DIR (data and logs, default .visor), VISOR_NATS_PORT (4333), VISOR_HTTP_PORT (9650, the API),
VISOR_AGENT_PORT (5000, the agent's health and metrics), VISOR_DEMO (prefix of the demo's namespaces, visor-demo),
VISOR_SGROUPS_PORT (9006, the demo's service of security groups)
END
}

read_options() {
  while [ $# -gt 0 ]; do
    case $1 in
      --demo) demo_wanted=yes ;;
      --for)
        demo_seconds=${2:-}
        [[ $demo_seconds =~ ^[1-9][0-9]{0,5}$ ]] || die "--for takes a number of seconds, not '$demo_seconds'"
        shift
        ;;
      -h | --help) usage && exit 0 ;;
      *) die "$1 is not known; ./scripts/up.sh --help shows what is taken" ;;
    esac
    shift
  done
}

only_one() {
  as_caller mkdir -p "$log_dir"
  exec 9>>"$VISOR_DIR/up.lock"
  flock -n 9 || die "up.sh already runs with $VISOR_DIR (pid $(cat "$VISOR_DIR/up.lock")); stop it with Ctrl-C, or give this one its own VISOR_DIR and ports (see --help)"
  echo $$ >"$VISOR_DIR/up.lock"
}

# The one way out, however it came to it.
clean_up() {
  local code=$?
  trap '' INT TERM HUP
  [ ${#started[@]} -eq 0 ] || busy stop 'stopping'
  stop_all
  [ $demo_wanted = no ] || demo_down
  [ ${#started[@]} -eq 0 ] || say stopped "all that was started; the data stays in $shown_dir"
  exit $code
}

on_exit() {
  trap clean_up EXIT
  trap 'exit 130' INT
  trap 'exit 143' TERM HUP
}

check_ports() {
  need_port "$nats_port" VISOR_NATS_PORT nats-server
  need_port "$http_port" VISOR_HTTP_PORT trace-hub
  need_port "$agent_port" VISOR_AGENT_PORT pkt-tracer
  [ $demo_wanted = no ] || need_port "$sgroups_port" VISOR_SGROUPS_PORT sgroups-dev
}

start_nats() {
  busy nats "starting on port $nats_port"
  cat >"$VISOR_DIR/nats.conf" <<END
# Written by scripts/up.sh at every start.
listen: "127.0.0.1:$nats_port"
jetstream { store_dir: "$VISOR_DIR/nats", max_file_store: 2GB }
END
  start nats-server nats-server -c "$VISOR_DIR/nats.conf"
  wait_until nats-server 20 nats_ready "$nats_port"
  say nats "nats-server with JetStream on 127.0.0.1:$nats_port"
}

start_hub() {
  busy hub 'starting trace-hub'
  start trace-hub env "TH_NATS_URL=nats://127.0.0.1:$nats_port" "TH_SERVER_ENDPOINT=http://127.0.0.1:$http_port" \
    "TH_STORAGE_CLICKHOUSE_URL=embedded:$VISOR_DIR/clickhouse" node "$root/dist/trace-hub/main.js"
  wait_until trace-hub 60 http_ready "$http_port"
  say hub "trace-hub on http://127.0.0.1:$http_port, data in $shown_dir/clickhouse$(earlier_data)"
}

# What an earlier run stored.
earlier_data() {
  local newest
  newest=$(http_get "$http_port" '/api/v1/packets?last=1&since=365d&format=jsonl' 2>/dev/null | sed -nE 's/^\{.*"ts":"([^"]+)".*/\1/p')
  [ -z "$newest" ] || printf ' (with earlier packets, the newest of %s)' "$newest"
}

# start_agent NAME [SETTING=VALUE…]: a spool holds batches of one agent.
start_agent() {
  busy agent 'starting pkt-tracer'
  start pkt-tracer env "PT_NATS_URL=nats://127.0.0.1:$nats_port" "PT_TELEMETRY_ENDPOINT=http://127.0.0.1:$agent_port" \
    "PT_SPOOL_DIR=$VISOR_DIR/spool/$1" "PT_TELEMETRY_USERAGENT=$1" "${@:2}" node "$root/dist/pkt-tracer/main.js"
  wait_until pkt-tracer 60 http_ready "$agent_port"
}

# How to call the CLI from here.
cli_call() {
  [ "$http_port" = 9650 ] || printf 'VISOR_HOST=http://127.0.0.1:%s ' "$http_port"
  printf 'npx visor-cli'
}

# Until Ctrl-C, or until one of the programs ends, which none should.
stay() {
  wait_for_one "$@"
  die_with_log "$ended ended by itself" "$log_dir/$ended.log"
}

run_host() {
  start_agent "${PT_TELEMETRY_USERAGENT:-$(uname -n)}"
  say agent "pkt-tracer traces this host ($(nft list ruleset | grep -c 'nftrace set 1' || true) rules with 'meta nftrace set 1' now)"
  echo
  say tag 'nft -f config/trace-new-connections.nft    (more ways: docs/tagging-rules.md)'
  say untag 'nft delete table inet visor_trace'
  say watch "$(cli_call) watch -f"
  say stop 'Ctrl-C'
  stay nats-server trace-hub pkt-tracer
}

follows() { [ -n "$(ss -Htn state established "sport = :$http_port")" ]; }

# The packets go to this script's own output, so not through start.
start_watch() {
  VISOR_HOST=http://127.0.0.1:$http_port setsid setpriv --pdeathsig TERM -- \
    node "$root/apps/visor-cli/bin/run.cjs" watch -f </dev/null 2>"$log_dir/watch.log" 8>&- 9>&- &
  pid_of[watch]=$!
  started+=(watch)
  wait_until watch 20 follows
}

run_demo() {
  demo_up
  demo_sgroups "$sgroups_port"
  start_agent web1 "PT_CAPTURE_NETNS=$web_ns" "PT_EXTAPI_SVC_SGROUPS_ADDRESS=127.0.0.1:$sgroups_port"
  say agent "pkt-tracer traces network namespace $web_ns"
  say groups "security groups of scripts/demo/sgroups.yml, by their service on 127.0.0.1:$sgroups_port"
  say demo "firewall: scripts/demo/firewall.nft; about 8 connections a second for $demo_seconds s; Ctrl-C stops"
  say alerts "a port scan after 15 s, then every 6 minutes: $(cli_call) alerts list"
  echo
  start_watch
  demo_traffic "$demo_seconds"
  wait_for_one nats-server trace-hub pkt-tracer watch web client
  [ "$ended" = client ] || die_with_log "$ended ended by itself" "$log_dir/$ended.log"
  sleep 2 # what was sent last is stored and printed
}

main() {
  read_options "$@"
  need_root 'to read the kernel'\''s packet traces, to install packages and to make namespaces' "${BASH_SOURCE[0]}" "$@"
  need_node
  only_one
  on_exit
  install_all ip=iproute2 nft=nftables nats-server=nats-server
  build_all
  mark_ours "$VISOR_DIR"
  check_ports
  [ $demo_wanted = no ] || demo_lock
  start_nats
  start_hub
  if [ $demo_wanted = yes ]; then run_demo; else run_host; fi
}

main "$@"
