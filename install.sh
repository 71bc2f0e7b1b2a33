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

here=$(cd "$(dirname "$0")" && pwd)
# shellcheck source=/dev/null
. "$here/packaging/start.sh"

warn() { printf 'install.sh: warning: %s\n' "$*" >&2 || :; }
die() { printf 'install.sh: %s\n' "$*" >&2 || :; exit 1; }
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
  check_node_path
}

check_node_path() {
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

# ---- The Debian package of the same files

# `not-installed`, `config-files` (removed, its hooks and configuration are left), or what else dpkg says.
package_state() {
  # shellcheck disable=SC2016 # dpkg's own variable
  state=$(dpkg-query --admindir="$root/var/lib/dpkg" -W -f '${db:Status-Status}' waymark 2>/dev/null) || :
  say "${state:-not-installed}"
}

check_package() {
  leftovers=
  # shellcheck disable=SC2016 # dpkg's own variable
  case $(package_state)$root in
    not-installed*) ;;
    config-files) leftovers=$(dpkg-query -W -f '${Conffiles}\n' waymark) ;;
    *)
      die "Waymark is installed here as a Debian package, and dpkg looks after its files. Nothing was changed. Either" \
        "go on with the package (npm run deb makes one: apt install ./dist/waymark_*_all.deb), or say apt remove" \
        "waymark, which keeps the configuration, and run ./install.sh again"
      ;;
  esac
}

is_leftover() { printf '%s\n' "$leftovers" | grep -qF " $1 "; }

# A removed package's hooks are still in /etc, and still dpkg's, to be deleted at a purge with configuration and state.
# So they are purged now; the package's postrm spares the configuration where there is a manifest.
take_over_from_package() {
  [ -n "$leftovers" ] || return 0
  changed=
  while read -r path sum _; do
    [ ! -e "$path" ] || [ "$(md5sum <"$path" | cut -c 1-32)" = "$sum" ] || changed="$changed $path"
  done <<END
$leftovers
END
  [ -z "$changed" ] ||
    die "left by the removed package, and changed since:$changed. Nothing was installed; move it away first"
  if $dry; then say "would run: dpkg --purge waymark (the configuration stays)"; return 0; fi
  made=$(make_manifest)
  say "$made" | put 0644 "$manifest"
  # Said only if it fails: it warns of directories that are not empty, and they must not be.
  said=$(dpkg --purge waymark 2>&1) || die "dpkg could not purge the removed package: $said"
  say "took over from the removed package; the configuration stays"
}

# ---- The files

# packaging/files as MODE SOURCE TARGET, one file a line.
table() (
  cd "$here"
  while read -r mode sources target; do
    case $mode in '' | '#'*) continue ;; esac
    for source in $sources; do
      case $sources in *'*'*) [ -f "$source" ] || continue ;; esac
      case $target in */) say "$mode $source $target${source##*/}" ;; *) say "$mode $source $target" ;; esac
    done
  done <packaging/files
)
targets() { table | while read -r _ _ target; do say "$target"; done; }
# Of paths: the hooks, and the names of the units.
hooks_of() { grep -E '^/etc/|/dhcpcd-hooks/' | grep -v '^/etc/iproute2/' || :; }
units_of() { sed -n 's|^/usr/lib/systemd/system/||p'; }
parents() (
  directory=${1%/*}
  [ -z "$directory" ] || { parents "$directory"; say "$directory"; }
)

# SOURCE TARGET: a file as it stands once installed. The built ones are told where node is: a hook's PATH need not lead
# there. Below DESTDIR only if NODE says it, since the machine is another.
render() {
  case $1 in
    dist/*) [ -z "$node" ] || { sed "1,/^WAYMARK_NODE=\$/ s|^WAYMARK_NODE=\$|WAYMARK_NODE=$node|" "$here/$1"; return; } ;;
  esac
  case $2 in *.gz) gzip -9n <"$here/$1" ;; *) cat "$here/$1" ;; esac
}

regular() { [ -f "$root$1" ] && [ ! -L "$root$1" ]; }
same_content() { regular "$2" && render "$1" "$2" 2>/dev/null | cmp -s - "$root$2"; }

# The manifest has a line `SHA256  PATH` for each file and `directory  PATH` for each directory that was not there.
manifest_files() { sed -n 's/^[0-9a-f]\{64\}  //p' "$root$manifest" 2>/dev/null || :; }
manifest_directories() { sed -n 's/^directory  //p' "$root$manifest" 2>/dev/null || :; }
make_manifest() {
  table | while read -r _ source target; do say "$(render "$source" "$target" | sha256sum | cut -c 1-64)  $target"; done
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
    if is_leftover "$target"; then continue; fi
    same_content "$source" "$target" || foreign="$foreign $root$target"
  done <<END
$(table)
END
  [ -z "$foreign" ] || die "in the way and not Waymark's:$foreign. Nothing was installed; move it away first"
  take_over_from_package

  targets=$(targets)
  for path in $ours; do printf '%s\n' "$targets" | grep -qxF "$path" || { remove "$path"; changes=1; }; done
  # Before the files: what an interrupted run leaves behind is known to be ours.
  if ! $dry; then
    made=$(make_manifest)
    say "$made" | cmp -s - "$root$manifest" || say "$made" | put 0644 "$manifest"
  fi
  $dry || mkdir -p "$root/etc/waymark/notify.d"
  while read -r mode source target; do
    if same_content "$source" "$target" &&
      [ "$(stat -c '0%a %u:%g' "$root$target")" = "$mode $owner" ]; then continue; fi
    changes=1
    if $dry; then say "would install $root$target ($mode)"; continue; fi
    render "$source" "$target" | put "$mode" "$target"
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

# ---- Start, with a way back

take_back() {
  # Nothing must bring it back in between: neither a link event nor a reload of nftables.
  for path in $(targets | hooks_of); do rm -f "$path"; done
  # shellcheck disable=SC2046 # a list of names
  ! has systemctl || systemctl disable --quiet --now $(targets | units_of) >/dev/null 2>&1 || :
  routing="the routing (waymark stop)"
  /usr/bin/waymark stop >/dev/null || routing="NOT the routing: waymark stop failed, a reboot clears it"
  say "Gateway $1 answered before and does not any more. Taken back:"
  say "  - $routing"
  say "  - the hooks, so that no link event brings it back"
  say "  - the service (disabled)"
  say "The program and $config are still there: look at waymark plan, correct the file, run ./install.sh again."
  die "the configuration cut this machine off from $1"
}

apply_or_take_back() {
  verdict=
  guarded_apply
  case $verdict in
    wrong) die "$config is not right, so nothing was applied: correct it and run ./install.sh again" ;;
    failed) die "waymark apply failed, see above; the gateways still answer" ;;
    cut*) take_back "${verdict#cut }" ;;
  esac
}

start_units() {
  if ! systemd_runs; then
    say "systemd does not run here, so the service was not enabled: run \`waymark apply --boot\` at boot."
    return 0
  fi
  # What goes on running is still the program of before.
  if [ "$changes" != 0 ]; then
    running=$(for unit in $units; do grep -q '^Type=oneshot' "/usr/lib/systemd/system/$unit" || say "$unit"; done)
    # shellcheck disable=SC2086 # a list of names, as below
    [ -z "$running" ] || systemctl try-restart $running
  fi
  # Those that have nothing left to do are started too: a reload of nftables reaches active units only.
  # shellcheck disable=SC2086
  systemctl enable --quiet --now $units
}

install_all() {
  check_package
  if [ -z "$root" ]; then check_tools; else node=${NODE:-}; check_node_path; fi
  build
  install_files
  look_around "$root"
  starting_configuration
  [ -z "$root" ] || return 0
  if systemd_runs && [ "$changes" != 0 ]; then run systemctl daemon-reload; fi
  units=$(targets | units_of | tr '\n' ' ') && units=${units% }
  if ! $start; then
    say "Installed only. Look at $config and waymark plan; then: waymark apply && systemctl enable --now $units"
  elif $dry; then
    say "would run: waymark apply; and waymark stop, if a default gateway that answers now does not any more"
    say "would run: systemctl enable --now $units"
    say "would run: waymark status"
  elif ! has_uplink "$config"; then
    say "$config has no uplink yet, so nothing was applied."
    say "Next: when the links are up run ./install.sh again; or edit the file and run waymark apply."
  else
    apply_or_take_back
    start_units
    /usr/bin/waymark status
    say "" && say "Next: look at $config; after a change run waymark check, waymark plan, waymark apply."
  fi
}

# ---- And away again

uninstall() {
  failed=false
  files=$(manifest_files) directories=$(manifest_directories)
  [ -n "$files" ] || [ "$(package_state)" = not-installed ] ||
    die "Waymark came as a Debian package: apt remove waymark takes it away, apt purge waymark the configuration too"
  [ -n "$files" ] || say "Nothing is installed: $root$manifest names no file."
  units=$(printf '%s\n' "$files" | units_of)
  # shellcheck disable=SC2086 # a list of names
  if systemd_runs && [ -n "$units" ]; then run systemctl disable --quiet --now $units || :; fi
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
  case ${DESTDIR:-} in '' | /*) root=${DESTDIR:-} ;; *) root=$PWD/$DESTDIR ;; esac
  root=${root%/} manifest=/var/lib/waymark/manifest config=/etc/waymark/waymark.toml
  owner=$(id -u):$(id -g) node='' action=install_all dry=false start=true purge=false changes=0
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
