#!/usr/bin/env bash
# Makes the Debian package of a published program. usage: packaging/deb.sh PUBLISHED VERSION OUT
# PUBLISHED is a folder of packaging/publish.sh for the architecture of this machine, since the program prints its own help. OUT is a
# folder. Set SOURCE_DATE_EPOCH for the same package again. COMPRESSION is xz (the default) or gzip, which is faster.
set -euo pipefail
published=$1 version=$2 out=$3
here=$(cd "$(dirname "$0")" && pwd)
date=${SOURCE_DATE_EPOCH:-$(date +%s)}
umask 022
root=$(mktemp -d)
trap 'rm -rf "$root"' EXIT
chmod 755 "$root"
doc=$root/usr/share/doc/postfleet

# 1.2.0-rc.1 is older than 1.2.0.
debian_version=${version/-/\~}
mkdir -p "$root"/{DEBIAN,etc/postfleet/credentials,usr/bin,usr/lib/postfleet,lib/systemd/system} "$doc" \
  "$root"/usr/share/{man/man1,lintian/overrides,bash-completion/completions,zsh/vendor-completions,fish/vendor_completions.d}
cp -R "$published"/. "$root/usr/lib/postfleet/"
find "$root/usr/lib/postfleet" -type f -exec chmod 644 {} +
chmod 755 "$root/usr/lib/postfleet/postfleet"
ln -s ../lib/postfleet/postfleet "$root/usr/bin/postfleet"

install -m 644 "$here/debian/postfleet.json" "$root/etc/postfleet/"
echo /etc/postfleet/postfleet.json >"$root/DEBIAN/conffiles"
install -m 644 "$here/debian/postfleet.service" "$root/lib/systemd/system/"
install -m 644 "$here/debian/lintian-overrides" "$root/usr/share/lintian/overrides/postfleet"
install -m 644 "$here/debian/copyright" "$doc/"
python3 "$here/sbom.py" "$published" "$version" "$date" >"$doc/sbom.cdx.json"
printf 'postfleet (%s) unstable; urgency=medium\n\n  * Version %s. The changes are in the changelog of the repository.\n\n -- %s  %s\n' \
  "$debian_version" "$version" "The Postfleet authors <maintainers@postfleet.example>" "$(LC_ALL=C date -u -R -d "@$date")" |
  gzip -9n >"$doc/changelog.gz"
program=$root/usr/lib/postfleet/postfleet
python3 "$here/man.py" "$program" "$version" "$(date -u -d "@$date" +%Y-%m-%d)" | gzip -9n >"$root/usr/share/man/man1/postfleet.1.gz"
"$program" completion bash >"$root/usr/share/bash-completion/completions/postfleet"
"$program" completion zsh >"$root/usr/share/zsh/vendor-completions/_postfleet"
"$program" completion fish >"$root/usr/share/fish/vendor_completions.d/postfleet.fish"

for script in postinst prerm postrm; do install -m 755 "$here/debian/$script" "$root/DEBIAN/"; done
architecture=$(dpkg --print-architecture)
cat >"$root/DEBIAN/control" <<CONTROL
Package: postfleet
Version: $debian_version
Section: mail
Priority: optional
Architecture: $architecture
Maintainer: The Postfleet authors <maintainers@postfleet.example>
Installed-Size: $(du -k -s "$root" | cut -f1)
Depends: adduser, ca-certificates, libc6 (>= 2.34), libgcc-s1, libssl3, libstdc++6, tzdata, zlib1g
Suggests: postgresql
Description: mail relay that runs as a cluster
 Postfleet is a mail transfer agent for high volumes of outgoing mail. It
 loses no acknowledged mail when a process or a machine dies.
 .
 One node keeps its mail in an embedded database. Several nodes share a
 PostgreSQL database, in which they find each other.
CONTROL
(cd "$root" && find usr lib -type f -print0 | LC_ALL=C sort -z | xargs -0 md5sum) >"$root/DEBIAN/md5sums"

find "$root" -print0 | xargs -0 touch --no-dereference --date="@$date"
mkdir -p "$out"
# One thread: the output of several depends on their number.
SOURCE_DATE_EPOCH=$date dpkg-deb --root-owner-group -Z"${COMPRESSION:-xz}" --threads-max=1 --build "$root" \
  "$out/postfleet_${debian_version}_$architecture.deb" >/dev/null
echo "$out/postfleet_${debian_version}_$architecture.deb"
