#!/bin/sh
# Installs Waymark on Debian, Raspberry Pi OS and their kin, or takes it away again: see --help.
set -eu

usage() {
  cat <<'END'
Usage: sudo ./install.sh [--dry-run] [--no-start]
       sudo ./install.sh --uninstall | --purge [--dry-run]
       sudo ./install.sh --demo

Installs what is missing with apt, builds if there is no build, puts the files in place, writes a starting
configuration (never over an existing one), applies it, and takes it back if a gateway no longer answers.

  --dry-run    print every step and change nothing
  --no-start   install only: the routing is left alone and the service is not enabled
  --uninstall  take back the routing and every installed file; the configuration stays
  --purge      --uninstall, and the configuration and the remembered state too
  --demo       show a router with three uplinks in network namespaces; this machine's network is not touched

DESTDIR=... installs below that directory and starts nothing. NODE=... names another node than Debian's.
END
}

# Output that nobody reads any more (a lost ssh session) must not end the script half-way.
say() { printf '%s\n' "$*" || :; }
warn() { printf 'install.sh: warning: %s\n' "$*" >&2 || :; }
die() { printf 'install.sh: %s\n' "$*" >&2 || :; exit 1; }
has() { command -v "$1" >/dev/null 2>&1; }
run() { if $dry; then say "would run: $*"; else "$@"; fi; }
systemd_runs() { [ -z "$root" ] && [ -d /run/systemd/system ] && has systemctl; }

# ---- What is needed

apt_install() {
  if $dry; then say "would run: apt-get install --no-install-recommends $*"; return 0; fi
  has apt-get || die "needs $*, and there is no apt-get to install it: Waymark is made for Debian and Raspberry Pi OS"
  say "installing with apt: $*"
  export DEBIAN_FRONTEND=noninteractive
  apt-get install -y -qq --no-install-recommends "$@" </dev/null >/dev/null 2>&1 && return 0
  apt-get update -qq </dev/null || warn "apt-get update failed"
  apt-get install -y -qq --no-install-recommends "$@" </dev/null >/dev/null || die "apt-get could not install: $*"
}

find_node() {
  node=${NODE:-/usr/bin/node}
  [ -n "${NODE:-}" ] || [ -x "$node" ] || node=$(command -v node) || node=
}

check_tools() {
  find_node
  missing=
  [ -n "$node" ] || missing="$missing nodejs"
  has ip || missing="$missing iproute2"
  has nft || missing="$missing nftables"
  has conntrack || missing="$missing conntrack"
  # shellcheck disable=SC2086 # a list of package names
  [ -z "$missing" ] || apt_install $missing
  find_node
  if [ -z "$node" ] && $dry; then return 0; fi
  status=0
  version=$("$node" -p process.versions.node 2>/dev/null </dev/null) || status=$?
  [ "$status" != 132 ] || die "$node does not run on this processor ($(uname -m), illegal instruction): Debian's" \
    "armhf packages need ARMv7. NODE=/path/to/node ./install.sh takes one that was built for this machine"
  [ "$status" = 0 ] || die "$node does not start (exit status $status)"
  [ "${version%%.*}" -ge 18 ] || die "$node is version $version, and 18 or later is needed (Debian 12 has it)." \
    "NODE=/path/to/node ./install.sh takes another one"
  case $node in
    *[!A-Za-z0-9/._+-]* | [!/]*) die "$node: must be an absolute path of letters, digits, dots, dashes, + and _" ;;
  esac
}

npm_here() { (cd "$here" && run npm "$@" </dev/null); }

fetch_modules() {
  [ ! -x "$here/node_modules/.bin/tsx" ] || return 0
  has npm || { [ -z "$root" ] && apt_install npm; } || die "there is no npm to build with"
  npm_here ci --no-audit --no-fund
}

build() {
  if [ -f "$here/dist/waymark" ] && [ -d "$here/dist/hooks" ]; then
    newer=$(cd "$here" && find lib hooks package-lock.json -newer dist/waymark 2>/dev/null | head -n 1)
    [ -n "$newer" ] || return 0
    say "$newer is newer than the build"
  fi
  fetch_modules
  npm_here run -s build
  # Made by root in somebody's checkout: it stays theirs.
  [ "$(id -u)" != 0 ] || run chown -R --reference="$here/package.json" "$here/dist" "$here/node_modules"
}

# ---- The files

# MODE SOURCE TARGET, in the order of installation: a hook comes after the program that it needs.
table() (
  cd "$here"
  cat <<'END'
0755 dist/waymark /usr/bin/waymark
0644 packaging/waymark.service /usr/lib/systemd/system/waymark.service
0644 packaging/tmpfiles.conf /usr/lib/tmpfiles.d/waymark.conf
0644 packaging/rt_protos.conf /etc/iproute2/rt_protos.d/waymark.conf
0644 packaging/waymark.8 /usr/share/man/man8/waymark.8
0644 packaging/waymark.toml.5 /usr/share/man/man5/waymark.toml.5
0644 packaging/bash-completion /usr/share/bash-completion/completions/waymark
0644 LICENSE /usr/share/doc/waymark/copyright
END
  for file in *.md docs/*.md dist/*.txt; do
    [ ! -f "$file" ] || say "0644 $file /usr/share/doc/waymark/${file##*/}"
  done
  for file in examples/*.toml; do [ ! -f "$file" ] || say "0644 $file /usr/share/doc/waymark/$file"; done
  cat <<'END'
0755 dist/hooks/ppp-ip-up /etc/ppp/ip-up.d/waymark
0755 dist/hooks/ppp-ip-down /etc/ppp/ip-down.d/waymark
0755 dist/hooks/ppp-ip-up /etc/ppp/ipv6-up.d/waymark
0755 dist/hooks/ppp-ip-down /etc/ppp/ipv6-down.d/waymark
0755 dist/hooks/nm-dispatcher /etc/NetworkManager/dispatcher.d/90-waymark
0755 dist/hooks/ifupdown /etc/network/if-up.d/waymark
0755 dist/hooks/ifupdown /etc/network/if-post-down.d/waymark
END
  # Debian 13 has no ifplugd any more.
  if [ -d "$root/etc/ifplugd" ] || { [ -z "$root" ] && has ifplugd; }; then
    say "0755 dist/hooks/ifplugd /etc/ifplugd/action.d/waymark"
  fi
)
targets() { table | while read -r _ _ target; do say "$target"; done; }
hooks_of() { grep -E '^/etc/(ppp|ifplugd|NetworkManager|network)/' || :; }
parents() (
  directory=${1%/*}
  [ -z "$directory" ] || { parents "$directory"; say "$directory"; }
)

# A file as it stands once installed. The built ones are told where node is: a hook's PATH need not lead there.
render() {
  if [ -z "$root" ] && [ "${1#dist/}" != "$1" ]; then
    sed "1,/^WAYMARK_NODE=\$/ s|^WAYMARK_NODE=\$|WAYMARK_NODE=$node|" "$here/$1"
  else
    cat "$here/$1"
  fi
}

regular() { [ -f "$root$1" ] && [ ! -L "$root$1" ]; }
same_content() { regular "$2" && render "$1" 2>/dev/null | cmp -s - "$root$2"; }

# The manifest has a line `SHA256  PATH` for each file and `directory  PATH` for each directory that was not there.
manifest_files() { sed -n 's/^[0-9a-f]\{64\}  //p' "$root$manifest" 2>/dev/null || :; }
manifest_directories() { sed -n 's/^directory  //p' "$root$manifest" 2>/dev/null || :; }
make_manifest() {
  table | while read -r _ source target; do say "$(render "$source" | sha256sum | cut -c 1-64)  $target"; done
  {
    manifest_directories
    for path in $(targets) $manifest /etc/waymark/notify.d/; do parents "$path"; done | sort -u |
      while read -r directory; do [ -d "$root$directory" ] || say "$directory"; done
  } | sort -u | sed 's/^/directory  /'
}

# MODE TARGET, content on stdin: there whole or not at all, and until then under a name that run-parts skips.
put() {
  temp=$root${2%/*}/.${2##*/}.new
  mkdir -p "$root${2%/*}"
  cat >"$temp"
  chmod "$1" "$temp"
  chown "$owner" "$temp"
  mv -f "$temp" "$root$2"
}

remove() { if $dry; then say "would remove $root$1"; else rm -f "$root$1" && say "removed $root$1"; fi; }

install_files() {
  foreign=
  ours=$(manifest_files)
  while read -r mode source target; do
    $dry || [ -f "$here/$source" ] || die "$source is not there: npm run build makes what is below dist/"
    if [ ! -e "$root$target" ] && [ ! -L "$root$target" ]; then continue; fi
    if regular "$target" && printf '%s\n' "$ours" | grep -qxF "$target"; then continue; fi
    same_content "$source" "$target" || foreign="$foreign $root$target"
  done <<END
$(table)
END
  [ -z "$foreign" ] || die "in the way and not Waymark's:$foreign. Nothing was installed; move it away first"

  targets=$(targets)
  for path in $ours; do printf '%s\n' "$targets" | grep -qxF "$path" || { remove "$path"; changes=1; }; done
  # Before the files: what an interrupted run leaves behind is known to be ours.
  if ! $dry && ! make_manifest | cmp -s - "$root$manifest"; then
    made=$(make_manifest)
    say "$made" | put 0644 "$manifest"
  fi
  $dry || mkdir -p "$root/etc/waymark/notify.d"
  while read -r mode source target; do
    if same_content "$source" "$target" &&
      [ "$(stat -c '0%a %u:%g' "$root$target")" = "$mode $owner" ]; then continue; fi
    changes=1
    if $dry; then say "would install $root$target ($mode)"; continue; fi
    render "$source" | put "$mode" "$target"
    say "installed $root$target"
  done <<END
$(table)
END
  [ "$changes" != 0 ] || say "Every file is in place already: nothing changed."
}

# The commented example counts as no configuration: a later run looks for uplinks again.
starting_configuration() {
  [ ! -e "$root$config" ] || cmp -s "$here/packaging/waymark.toml" "$root$config" || return 0
  if $dry; then say "would write $root$config$(! $start || say ' with waymark init')"; return 0; fi
  if $start && found=$(/usr/bin/waymark init --stdout) && [ -n "$found" ]; then
    say "$found" | put 0644 "$config"
    say "wrote $config from what was found here"
  elif [ ! -e "$root$config" ]; then
    put 0644 "$config" <"$here/packaging/waymark.toml"
    say "wrote $root$config, an example with no uplink in it yet"
  fi
}

look_around() {
  [ ! -x "$root/etc/ppp/ip-up.local" ] ||
    warn "/etc/ppp/ip-up.local is executable: pppd runs it instead of ip-up.d, so Waymark is not told of PPP links"
  scripts=$(grep -lsE '^[[:space:]]*ip(v6)?-(up|down)-script' "$root"/etc/ppp/peers/* "$root"/etc/ppp/options*) || :
  [ -z "$scripts" ] || warn "ip-up-script in" "$scripts" "replaces /etc/ppp/ip-up: Waymark is not told of that link"
  if [ -f "$root/etc/default/ifplugd" ] && ! grep -Eq '^ARGS=.*-[A-Za-z0-9]*I' "$root/etc/default/ifplugd"; then
    warn "ARGS in /etc/default/ifplugd lacks -I: ifplugd ends as soon as any script of action.d fails"
  fi
}

# ---- Start, with a way back

# Default gateways of the main table, `ADDRESS DEVICE` a line; the far end where a PPP link names no gateway.
gateways() {
  for family in -4 -6; do ip "$family" route show table main default 2>/dev/null || :; done | awk '{
    via = "-"; dev = ""
    for (i = 1; i < NF; i++) { if ($i == "via") via = $(i + 1); if ($i == "dev") dev = $(i + 1) }
    if (dev != "" && via != "inet6") print via, dev
  }' | sort -u | while read -r gateway device; do
    [ "$gateway" != - ] ||
      gateway=$(ip -4 -o address show dev "$device" | sed -n 's/.* peer \([0-9.]*\).*/\1/p' | head -n 1)
    [ -z "$gateway" ] || say "$gateway $device"
  done
}

# ADDRESS DEVICE TRIES: prints `ping`, or `neigh` for a gateway that answers ARP only; nothing when it is silent.
answer() {
  case $1 in fe80:*) host=$1%$2 ;; *) host=$1 ;; esac
  try=0
  while [ "$try" -lt "$3" ]; do
    ! ping -n -c 1 -W 1 "$host" >/dev/null 2>&1 || { say ping; return 0; }
    has ping || sleep 1
    try=$((try + 1))
  done
  case $(ip neigh show "$1" dev "$2" 2>/dev/null) in *REACHABLE*) say neigh ;; esac
}

# ADDRESS DEVICE HOW. A neighbour entry outlives a broken route, so the way there is looked at too.
still_answers() {
  now=$(answer "$1" "$2" 3)
  case $3 in ping) [ "$now" = ping ] ;; *) [ -n "$now" ] && ip route get "$1" 2>/dev/null | grep -q " dev $2 " ;; esac
}

take_back() {
  # Nothing must bring it back in between: neither a link event nor a reload of nftables.
  for path in $(targets | hooks_of); do rm -f "$path"; done
  ! has systemctl || systemctl disable --quiet --now waymark.service >/dev/null 2>&1 || :
  routing="the routing (waymark stop)"
  /usr/bin/waymark stop >/dev/null || routing="NOT the routing: waymark stop failed, a reboot clears it"
  say "Gateway $1 answered before and does not any more. Taken back:"
  say "  - $routing"
  say "  - the hooks, so that no link event brings it back"
  say "  - the service (disabled)"
  say "The program and $config are still there: look at waymark plan, correct the file, run ./install.sh again."
  die "the configuration cut this machine off from $1"
}

guarded_apply() {
  /usr/bin/waymark check || die "$config is not right, so nothing was applied: correct it and run ./install.sh again"
  before=$(gateways | while read -r gateway device; do say "$gateway $device $(answer "$gateway" "$device" 3)"; done)
  # From here to the verdict a lost terminal must not stop us.
  trap '' HUP INT TERM PIPE
  applied=true
  /usr/bin/waymark apply || applied=false
  while read -r gateway device how; do
    [ -n "$how" ] || { [ -z "$gateway" ] || say "gateway $gateway ($device) was silent before: not watched"; continue; }
    still_answers "$gateway" "$device" "$how" || take_back "$gateway"
  done <<END
$before
END
  trap - HUP INT TERM PIPE
  $applied || die "waymark apply failed, see above; the gateways still answer"
}

install_all() {
  if [ -z "$root" ]; then check_tools; fi
  build
  install_files
  look_around
  starting_configuration
  [ -z "$root" ] || return 0
  if systemd_runs && [ "$changes" != 0 ]; then run systemctl daemon-reload; fi
  if ! $start; then
    say "Installed only. Look at $config and waymark plan; then: waymark apply && systemctl enable --now waymark"
  elif $dry; then
    say "would run: waymark apply; and waymark stop, if a default gateway that answers now does not any more"
    say "would run: systemctl enable --now waymark.service"
    say "would run: waymark status"
  elif ! grep -Eq '^[[:space:]]*\[[[:space:]]*uplink[[:space:]]*\.' "$config"; then
    say "$config has no uplink yet, so nothing was applied."
    say "Next: when the links are up run ./install.sh again; or edit the file and run waymark apply."
  else
    guarded_apply
    # Started, too, though it has nothing left to do: a reload of nftables reaches active units only.
    if systemd_runs; then systemctl enable --quiet --now waymark.service; else
      say "systemd does not run here, so the service was not enabled: run \`waymark apply --boot\` at boot."
    fi
    /usr/bin/waymark status
    say "" && say "Next: look at $config; after a change run waymark check, waymark plan, waymark apply."
  fi
}

# ---- And away again

uninstall() {
  failed=false
  files=$(manifest_files) directories=$(manifest_directories)
  [ -n "$files" ] || say "Nothing is installed: $root$manifest names no file."
  if systemd_runs && [ -n "$files" ]; then run systemctl disable --quiet --now waymark.service || :; fi
  for path in $(printf '%s\n' "$files" | hooks_of); do remove "$path"; done
  if [ -z "$root" ] && [ -n "$files" ] && [ -x /usr/bin/waymark ]; then
    run /usr/bin/waymark stop || { failed=true; warn "waymark stop failed: its routes and rules stay until a reboot"; }
  fi
  for path in $files; do [ -z "$(say "$path" | hooks_of)" ] || continue; remove "$path"; done
  run rm -f "$root$manifest"
  [ -n "$root" ] || run rm -rf /run/waymark
  ! $purge || run rm -rf "$root/etc/waymark" "$root/var/lib/waymark"
  for path in $(printf '%s\n' "$directories" | sort -r); do
    $dry || rmdir "$root$path" 2>/dev/null || :
  done
  ! systemd_runs || run systemctl daemon-reload
  $purge || [ ! -d "$root/etc/waymark" ] || say "Kept: $root/etc/waymark (--purge removes it)."
  ! $failed || exit 1
}

demo() {
  check_tools
  fetch_modules
  build
  cd "$here" && run node_modules/.bin/tsx scripts/demo.ts
}

main() {
  here=$(cd "$(dirname "$0")" && pwd)
  case ${DESTDIR:-} in '' | /*) root=${DESTDIR:-} ;; *) root=$PWD/$DESTDIR ;; esac
  root=${root%/} manifest=/var/lib/waymark/manifest config=/etc/waymark/waymark.toml
  owner=$(id -u):$(id -g) action=install_all dry=false start=true purge=false changes=0
  export LC_ALL=C PATH="$PATH:/usr/sbin:/sbin"
  umask 022
  for option; do
    case $option in
      --dry-run) dry=true ;;
      --no-start) start=false ;;
      --uninstall) action=uninstall ;;
      --purge) action=uninstall purge=true ;;
      --demo) action=demo ;;
      --help) usage; exit 0 ;;
      *) { say "install.sh: unknown option $option"; say; usage; } >&2; exit 2 ;;
    esac
  done
  [ -z "$root" ] || start=false
  [ -n "$root" ] || $dry || [ "$(id -u)" = 0 ] || die "must be root: sudo ./install.sh"
  $action
}

main "$@"
