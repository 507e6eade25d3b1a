# shellcheck shell=bash
# Installs what is missing, and only that. Used by up.sh and test.sh; needs lib/log.sh.
: "${root:?}" "${VISOR_DIR:?}"

# A shell without login has no /usr/sbin in its PATH, where nft, ip and nats-server are.
PATH=$PATH:/usr/sbin:/sbin
log_dir=$VISOR_DIR/log

# need_root WHY SCRIPT ARGS…: starts SCRIPT again as root; sudo asks for the password.
need_root() {
  [ "$(id -u)" -ne 0 ] || return 0
  local why=$1 script=$2
  shift 2
  command -v sudo >/dev/null || die "root is needed $why; there is no sudo here, so run it as root"
  say sudo "root is needed $why"
  local settings
  mapfile -t settings < <(env | grep '^VISOR_')
  exec sudo env "PATH=$PATH" "${settings[@]}" bash "$script" "$@"
}

# Runs a command that writes into the checkout as the one who called sudo, so that no file there becomes root's.
as_caller() {
  if [ "$(id -u)" -eq 0 ] && [ -n "${SUDO_USER:-}" ] && [ "$SUDO_USER" != root ]; then
    sudo -H -u "$SUDO_USER" env "PATH=$PATH" "$@"
  else
    "$@"
  fi
}

need_node() {
  local how='install it from https://nodejs.org or Debian backports'
  command -v node >/dev/null || die "Node.js 20.19 or newer is needed and there is none; $how"
  command -v npm >/dev/null || die "npm is needed and there is none (it comes with Node.js); $how"
  node -e 'const [a, b] = process.versions.node.split(".").map(Number); process.exit(a > 20 || (a === 20 && b >= 19) ? 0 : 1)' ||
    die "Node.js 20.19 or newer is needed, this is $(node --version); $how"
}

# install_packages PROGRAM=PACKAGE…: Debian packages whose program is not there.
install_packages() {
  local pair missing=()
  for pair in "$@"; do command -v "${pair%%=*}" >/dev/null || missing+=("${pair#*=}"); done
  if [ ${#missing[@]} -eq 0 ]; then
    say install 'Debian packages are there'
    return
  fi
  command -v apt-get >/dev/null || die "install ${missing[*]} first (there is no apt-get here)"
  [ "$(id -u)" -eq 0 ] || die "${missing[*]} must be installed first: apt-get install ${missing[*]} (as root)"
  busy install "apt-get install ${missing[*]}"
  apt_install "${missing[@]}" || die_with_log "apt-get could not install ${missing[*]}" "$log_dir/apt.log"
  say install "installed ${missing[*]} (Debian)"
}

# A fresh machine has no package lists yet: they are fetched when the first try fails.
apt_install() {
  local install=(env DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends)
  "${install[@]}" "$@" </dev/null >"$log_dir/apt.log" 2>&1 && return
  { apt-get update && "${install[@]}" "$@"; } </dev/null >"$log_dir/apt.log" 2>&1
}

# fetch_prometheus: prometheus and promtool, for tests. Debian's package would start a server on port 9090, so it is unpacked
# into $VISOR_DIR/prometheus and not installed (docs/adr/0048-prometheus-for-tests.md). Where it cannot be had, the tests that
# need it fail and the others run. VISOR_INSTALL=no as below.
fetch_prometheus() {
  [ "${VISOR_INSTALL:-yes}" != no ] || return 0
  local PATH=$PATH:$VISOR_DIR/prometheus/usr/bin
  if command -v prometheus >/dev/null && command -v promtool >/dev/null; then
    say install 'prometheus and promtool are there'
    return
  fi
  one_at_a_time
  busy install 'prometheus (Debian), 19 MB, unpacked for the tests alone'
  if apt_unpack prometheus "$VISOR_DIR/prometheus"; then
    say install "unpacked prometheus (Debian) into $VISOR_DIR/prometheus"
  else
    say FAILED "prometheus could not be fetched, tests that need it will fail; from $log_dir/apt.log:"
    tail -n 3 "$log_dir/apt.log" | sed 's/^/    /'
  fi
  exec 7>&-
}

# apt_unpack PACKAGE DIR: its files, without its dependencies; none of its scripts runs. DIR is there whole or not at all.
apt_unpack() {
  local fresh=$2.new
  local download=(as_caller env -C "$fresh/deb" apt-get download "$1")
  {
    as_caller rm -rf "$fresh" && as_caller mkdir -p "$fresh/deb" || return
    "${download[@]}" || { apt-get update && "${download[@]}"; } || return
    as_caller dpkg -x "$fresh"/deb/*.deb "$fresh" && as_caller rm -rf "$fresh/deb" "$2" && as_caller mv "$fresh" "$2"
  } </dev/null >"$log_dir/apt.log" 2>&1
}

# npm packages, as the lockfile has them; again only after the lockfile changed.
install_modules() {
  local stamp=$root/node_modules/.visor-lockfile lock
  lock=$(sha256sum <"$root/package-lock.json")
  if [ "$(cat "$stamp" 2>/dev/null || true)" = "$lock" ]; then
    say npm 'packages are as in package-lock.json'
    return
  fi
  busy npm 'npm ci (about 1 GB on disk; the first time takes a few minutes)'
  local began=$SECONDS
  (cd "$root" && as_caller npm ci --no-audit --no-fund) </dev/null >"$log_dir/npm.log" 2>&1 ||
    die_with_log 'npm ci failed' "$log_dir/npm.log" '^npm error'
  as_caller tee "$stamp" <<<"$lock" >/dev/null
  say npm "installed the packages of package-lock.json ($((SECONDS - began)) s)"
}

# Builds when a source is newer than the last build. A directory's time tells of files removed.
build() {
  local stamp=$root/dist/.built sources=("$root"/{apps,libs,package.json,tsconfig.json,tsconfig.build.json,scripts/{build-cli.mjs,bundle-programs.mjs,compile-cli.cjs}})
  if [ -e "$stamp" ] && [ -z "$(find "${sources[@]}" "$root/node_modules/.visor-lockfile" -newer "$stamp" -print -quit)" ]; then
    say build 'is newer than the sources'
    return
  fi
  busy build 'npm run build'
  local began=$SECONDS start
  start=$(date +@%s)
  (cd "$root" && as_caller npm run build) </dev/null >"$log_dir/build.log" 2>&1 ||
    die_with_log 'the build failed' "$log_dir/build.log" 'error TS'
  as_caller touch -d "$start" "$stamp"
  say build "built ($((SECONDS - began)) s)"
}

# install_all PROGRAM=PACKAGE…: packages of Debian and npm. VISOR_INSTALL=no leaves all as it is, for tests that run
# up.sh from inside a test run.
install_all() {
  as_caller mkdir -p "$log_dir"
  if [ "${VISOR_INSTALL:-yes}" = no ]; then
    say install 'left as it is (VISOR_INSTALL=no)'
    return
  fi
  one_at_a_time
  install_packages "$@"
  install_modules
  exec 7>&-
}

# build_all: the programs; VISOR_INSTALL=no as above.
build_all() {
  [ "${VISOR_INSTALL:-yes}" != no ] || return 0
  one_at_a_time
  build
  exec 7>&-
}

# Another run's npm ci in the same checkout would pull the packages away.
one_at_a_time() {
  as_caller mkdir -p "$root/.visor"
  exec 7>>"$root/.visor/install.lock"
  flock -n 7 || { busy install 'waiting for another install in this checkout' && flock 7; }
}
