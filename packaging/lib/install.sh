# Sourced by install-test.sh and systemd-test.sh: a Debian to install the package in.

die() {
  echo "$(basename "$0"): $*" >&2
  exit 2
}

# minimal_debian ROOT PACKAGE.deb NAME...: a new minimal Debian 12 with what the package depends on and further packages (a minute).
minimal_debian() {
  command -v mmdebstrap >/dev/null || die "needs the package mmdebstrap"
  local depends
  depends=$(dpkg-deb -f "$2" Depends | sed 's/([^)]*)//g; s/ //g')
  mmdebstrap --quiet --variant=minbase --include="$depends,$(IFS=,; echo "${*:3}")" bookworm "$1"
}

# two_versions PACKAGE.deb FOLDER: the package as FOLDER/1.deb, and as FOLDER/2.deb a next version with another configuration file.
two_versions() {
  local work
  work=$(mktemp -d)
  cp "$1" "$2/1.deb"
  dpkg-deb -R "$1" "$work/package"
  sed -i 's/^Version: .*/&+next/' "$work/package/DEBIAN/control"
  echo '{ "Listeners": [ { "Endpoint": "127.0.0.1:2526" } ] }' >"$work/package/etc/postfleet/postfleet.json"
  dpkg-deb --root-owner-group -Znone --build "$work/package" "$2/2.deb" >/dev/null
  rm -rf "$work"
}
