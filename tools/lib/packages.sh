# Sourced by test.sh and the benchmarks. Installs missing Debian packages.

installed() { dpkg-query -W -f '${Status}' "$1" 2>/dev/null | grep -q '^install ok installed$'; }

# supported_system: warns on systems other than Debian 12, where tests may fail, and fails without apt-get or root.
supported_system() {
  local id="" version=""
  [ ! -r /etc/os-release ] || { id=$(. /etc/os-release && echo "${ID:-}"); version=$(. /etc/os-release && echo "${VERSION_ID:-}"); }
  [ "$id $version" = "debian 12" ] || echo "== warning: this is '${id:-unknown} $version'; the tests are made for Debian 12 and its versions of Postfix, Exim and Dovecot" >&2
  command -v apt-get >/dev/null || { echo "== apt-get is missing: the tests install Debian packages" >&2; return 1; }
  [ "$(id -u)" -eq 0 ] || { echo "== not root: Postfix, Exim and network namespaces, which the tests use, need it; run this as root" >&2; return 1; }
}

# as_root PURPOSE: sets $root to the prefix of commands that need root; fails if this user cannot become root.
as_root() {
  root=()
  [ "$(id -u)" -ne 0 ] || return 0
  command -v sudo >/dev/null || { echo "not root, and no sudo: please install $1" >&2; return 1; }
  root=(sudo)
}

# install_missing PACKAGE...: installs missing packages without starting services.
install_missing() {
  local missing=() package root
  for package in "$@"; do
    installed "$package" || missing+=("$package")
  done
  [ ${#missing[@]} -gt 0 ] || return 0

  echo "== installing ${missing[*]}"
  as_root "${missing[*]}" || return 1
  "${root[@]}" bash -s -- "${missing[@]}" <<'ROOT'
set -euo pipefail
export DEBIAN_FRONTEND=noninteractive
# Exit code 101 tells the packages of daemons not to start them.
if [ ! -e /usr/sbin/policy-rc.d ]; then
  printf '#!/bin/sh\nexit 101\n' >/usr/sbin/policy-rc.d
  chmod +x /usr/sbin/policy-rc.d
  trap 'rm -f /usr/sbin/policy-rc.d' EXIT
fi
command -v debconf-set-selections >/dev/null &&
  echo 'postfix postfix/main_mailer_type select No configuration' | debconf-set-selections
apt-get update -qq
# Installed programs are never removed: postfix would replace an installed Exim.
apt-get install -y -qq --no-install-recommends --no-remove "$@" </dev/null || {
  echo "== the packages cannot be installed beside those that are there (see above); postfix needs a machine without another mail server" >&2
  exit 1
}
ROOT
}

# unpack_exim: unpacks Exim into this user's cache, with its libraries and system user, because its package conflicts with Postfix.
unpack_exim() {
  local home=${XDG_CACHE_HOME:-$HOME/.cache}/postfleet/exim work user=Debian-exim libraries root
  if ! [ -x "$home/usr/sbin/exim4" ] || ldd "$home/usr/sbin/exim4" | grep -q 'not found'; then
    echo "== unpacking exim4-daemon-light"
    as_root "what exim4-daemon-light needs, and unpack it in $home" || return 1
    work=$(mktemp -d)
    "${root[@]}" apt-get update -qq || return 1
    (cd "$work" && apt-get download -qq -o APT::Sandbox::User=root exim4-daemon-light) || return 1
    # The first of each alternative dependency, without packages for an installed Exim.
    libraries=$(dpkg-deb -f "$work"/exim4-daemon-light_*.deb Depends | tr ',' '\n' | sed 's/^ *//; s/[ (|:].*//' | grep -v '^exim4-\|^debconf')
    # shellcheck disable=SC2086 # one word a package
    install_missing $libraries || return 1
    dpkg -x "$work"/exim4-daemon-light_*.deb "$work/exim"
    # Without the set-user-id bit: the tests need no root rights after the start.
    chmod u-s "$work/exim/usr/sbin/exim4"
    mkdir -p "$(dirname "$home")"
    rm -rf "$home"
    mv "$work/exim" "$home"
    rm -rf "$work"
  fi
  if ! getent passwd "$user" >/dev/null; then
    as_root "a system user $user" || return 1
    "${root[@]}" useradd --system --user-group --no-create-home --home-dir /var/spool/exim4 --shell /usr/sbin/nologin "$user"
  fi
}
