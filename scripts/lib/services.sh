# shellcheck shell=bash
# Starts programs in the background, waits until they are ready, stops them again. Needs lib/log.sh.
: "${log_dir:?}"

declare -a started=() # names, in order of their start
declare -A pid_of=()
export ended='' # the name that wait_for_one found

# mark_ours DIR: what is started from now on bears DIR in its environment. Before that, waits for the programs of an
# up.sh of the same DIR that was killed: the kernel has told them to end, which may take a while.
mark_ours() {
  local tries=150 pids
  # grep fails where a process ends under its eyes; what it found counts all the same.
  while pids=$({ grep -lszxF "VISOR_UP=$1" /proc/[0-9]*/environ || true; } | cut -d/ -f3) && [ -n "$pids" ]; do
    busy stop 'waiting for programs of an earlier run that was killed'
    # shellcheck disable=SC2086 # a list of numbers
    [ $((tries -= 1)) -ne 0 ] || kill -KILL $pids 2>/dev/null || true
    sleep 0.1
  done
  export VISOR_UP=$1
}

# start NAME COMMAND…: its output goes to its log. A session of its own keeps Ctrl-C from it, so that stop_all can end
# all in order; the kernel ends it should this script be killed (--pdeathsig).
start() {
  local name=$1
  shift
  setsid setpriv --pdeathsig TERM -- "$@" </dev/null >"$log_dir/$name.log" 2>&1 8>&- 9>&- &
  pid_of[$name]=$!
  started+=("$name")
}

runs() { kill -0 "${pid_of[$1]}" 2>/dev/null; }

# wait_until NAME SECONDS TEST…: asks TEST again and again; the program's own last words if it ends before.
wait_until() {
  local name=$1 deadline=$((SECONDS + $2))
  shift 2
  until "$@"; do
    runs "$name" || die_with_log "$name did not start" "$log_dir/$name.log"
    [ $SECONDS -lt $deadline ] || die_with_log "$name is not ready after a while" "$log_dir/$name.log"
    sleep 0.1
  done
}

# http_get PORT PATH: the answer with its head. Bash's own sockets: a fresh machine has no curl.
http_get() {
  local answer
  exec 6<>"/dev/tcp/127.0.0.1/$1" || return 1
  printf 'GET %s HTTP/1.0\r\nHost: 127.0.0.1\r\n\r\n' "$2" >&6
  answer=$(timeout 5 cat <&6) || true
  exec 6>&-
  printf '%s\n' "$answer"
}

http_ready() { (http_get "$1" /readyz) 2>/dev/null | grep -q '^HTTP/1\.[01] 200'; }

# nats-server greets with a line that tells whether it has JetStream.
nats_ready() {
  (exec 6<>"/dev/tcp/127.0.0.1/$1" && timeout 2 head -n 1 <&6) 2>/dev/null | grep -q '"jetstream":true'
}

# need_port PORT SETTING WHAT: says who has a taken port and how to choose another.
need_port() {
  local owner
  owner=$(ss -Hltnp "sport = :$1")
  [ -n "$owner" ] || return 0
  owner=$(sed -nE 's/.*\(\("([^"]+)",pid=([0-9]+).*/ by \1 (pid \2)/p' <<<"$owner" | head -n 1)
  die "port $1 ($3) is taken$owner; stop that, or choose another port: $2=$(($1 + 1)) $0"
}

# stop NAME: ends it gracefully, and by force after 12 s.
stop() {
  local pid=${pid_of[$1]:-} tries=120
  [ -n "$pid" ] || return 0
  unset "pid_of[$1]"
  kill -TERM "$pid" 2>/dev/null || return 0
  while kill -0 "$pid" 2>/dev/null && [ $((tries -= 1)) -gt 0 ]; do sleep 0.1; done
  kill -KILL "$pid" 2>/dev/null || true
}

# The last started first: who writes ends before who reads.
stop_all() {
  local i
  for ((i = ${#started[@]} - 1; i >= 0; i--)); do stop "${started[$i]}"; done
}

# wait_for_one NAME…: until one of them ends, for whatever reason: then its name is in $ended.
wait_for_one() {
  local name pid pids=()
  for name in "$@"; do pids+=("${pid_of[$name]}"); done
  wait -n -p pid "${pids[@]}" || true
  for name in "$@"; do [ "${pid_of[$name]}" != "${pid:-}" ] || ended=$name; done
}
