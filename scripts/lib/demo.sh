# shellcheck shell=bash
# The demo: a web server behind a firewall in one network namespace, its clients in another, a veth pair between them.
# Needs lib/log.sh and lib/services.sh.
: "${root:?}" "${log_dir:?}"

demo=${VISOR_DEMO:-visor-demo}
web_ns=$demo-web
client_ns=$demo-client

# The names are the same for every checkout of this machine: one demo at a time.
demo_lock() {
  exec 8>"/run/$demo.lock"
  flock -n 8 || die "a demo already runs on this machine; stop that first, or name this one otherwise: VISOR_DEMO=demo2 $0 --demo"
}

# Removes the demo's namespaces with all that is in them: links, addresses, ruleset, and what still runs there.
demo_down() {
  local ns pids
  for ns in "$web_ns" "$client_ns"; do
    [ -e "/run/netns/$ns" ] || continue
    pids=$(ip netns pids "$ns" 2>/dev/null || true)
    # shellcheck disable=SC2086 # a list of numbers
    [ -z "$pids" ] || kill -KILL $pids 2>/dev/null || true
    ip netns delete "$ns"
  done
}

demo_up() {
  demo_down # what an earlier run left that was killed
  ip netns add "$web_ns"
  ip netns add "$client_ns"
  ip link add wan netns "$web_ns" type veth peer name eth0 netns "$client_ns"
  demo_web_net
  demo_client_net
  ip netns exec "$web_ns" nft -f "$root/scripts/demo/firewall.nft"
}

# The firewall host: `wan` to the clients, `lan` with the network that it protects.
demo_web_net() {
  ip -n "$web_ns" link add lan type bridge
  ip -n "$web_ns" address add 198.51.100.80/24 dev wan
  ip -n "$web_ns" address add 2001:db8::80/64 dev wan nodad
  ip -n "$web_ns" address add 10.0.0.5/24 dev lan
  for link in lo wan lan; do ip -n "$web_ns" link set "$link" up; done
  ip netns exec "$web_ns" sh -c 'echo 1 > /proc/sys/net/ipv4/ip_forward'
}

demo_client_net() {
  ip -n "$client_ns" address add 198.51.100.7/24 dev eth0
  ip -n "$client_ns" address add 198.51.100.66/24 dev eth0 # the one who scans
  ip -n "$client_ns" address add 2001:db8::7/64 dev eth0 nodad
  for link in lo eth0; do ip -n "$client_ns" link set "$link" up; done
  ip -n "$client_ns" route add 10.0.0.0/24 via 198.51.100.80
}

# demo_sgroups PORT: the service of networks and security groups
demo_sgroups() {
  start sgroups-dev node "$root/dist/libs/sgroups/src/server/main.js" --listen "127.0.0.1:$1" --data "$root/scripts/demo/sgroups.yml"
  wait_until sgroups-dev 10 grep -qs synced "$log_dir/sgroups-dev.log"
}

# demo_traffic SECONDS: the servers, then what connects to them for that long.
demo_traffic() {
  start web ip netns exec "$web_ns" node "$root/scripts/demo/web.mjs"
  wait_until web 10 grep -qs listening "$log_dir/web.log"
  start client ip netns exec "$client_ns" node "$root/scripts/demo/client.mjs" "$1"
}
