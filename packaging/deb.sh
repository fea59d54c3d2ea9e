#!/usr/bin/env bash
# Makes the Debian package of a published program. usage: packaging/deb.sh PUBLISHED VERSION OUT
# PUBLISHED is a folder of packaging/publish.sh for the architecture of this machine, since the program prints its own help. OUT is a
# folder. SOURCE_DATE_EPOCH, a Unix time, makes the same package again. COMPRESSION is xz (the default), or none, which is faster.
# MAINTAINER is the address of those who make the package.
set -euo pipefail
published=$1 version=$2 out=$3
maintainer=${MAINTAINER:-The Postfleet authors <maintainers@postfleet.example>}
here=$(cd "$(dirname "$0")" && pwd)
date=${SOURCE_DATE_EPOCH:-$(date +%s)}
export PYTHONDONTWRITEBYTECODE=1
umask 022
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
root=$work/root
lib=$root/usr/lib/postfleet doc=$root/usr/share/doc/postfleet

mkdir -p "$root"/{DEBIAN,etc/postfleet/credentials,usr/bin,lib/systemd/system} "$lib" "$doc/docs" \
  "$root"/usr/share/{man/man1,lintian/overrides,bash-completion/completions,zsh/vendor-completions,fish/vendor_completions.d}
cp -R "$published"/. "$lib/"
find "$lib" -type d -exec chmod 755 {} + -o -type f -exec chmod 644 {} +
chmod 755 "$lib/postfleet"
ln -s ../lib/postfleet/postfleet "$root/usr/bin/postfleet"

install -m 644 "$here/debian/postfleet.json" "$root/etc/postfleet/"
echo /etc/postfleet/postfleet.json >"$root/DEBIAN/conffiles"
install -m 644 "$here/debian/postfleet.service" "$root/lib/systemd/system/"
install -m 644 "$here/debian/lintian-overrides" "$root/usr/share/lintian/overrides/postfleet"

# 1.2.0-rc.1 is older than 1.2.0.
debian_version=${version/-/\~}
install -m 644 "$here/debian/copyright" "$doc/"
install -m 644 "$here"/../docs/*.md "$doc/docs/"
python3 "$here/notices.py" "$published" | gzip -9n >"$doc/NOTICES.gz"
python3 "$here/sbom.py" "$published" "$version" "$date" >"$doc/sbom.cdx.json"
printf 'postfleet (%s) unstable; urgency=medium\n\n  * Version %s. CHANGELOG.md of the sources has the changes.\n\n -- %s  %s\n' \
  "$debian_version" "$version" "$maintainer" "$(LC_ALL=C date -u -R -d "@$date")" | gzip -9n >"$doc/changelog.gz"
python3 "$here/man.py" "$lib/postfleet" "$version" "$(date -u -d "@$date" +%Y-%m-%d)" | gzip -9n >"$root/usr/share/man/man1/postfleet.1.gz"
"$lib/postfleet" completion bash >"$root/usr/share/bash-completion/completions/postfleet"
"$lib/postfleet" completion zsh >"$root/usr/share/zsh/vendor-completions/_postfleet"
"$lib/postfleet" completion fish >"$root/usr/share/fish/vendor_completions.d/postfleet.fish"

for script in postinst prerm postrm; do install -m 755 "$here/debian/$script" "$root/DEBIAN/"; done
# The size counts each file in whole KiB, so that it does not depend on the file system.
size=$(find "$root" -path "$root/DEBIAN" -prune -o -printf '%s\n' | awk '{ kib += int(($1 + 1023) / 1024) } END { print kib }')
architecture=$(dpkg --print-architecture)
cat >"$root/DEBIAN/control" <<CONTROL
Package: postfleet
Version: $debian_version
Section: mail
Priority: optional
Architecture: $architecture
Maintainer: $maintainer
Installed-Size: $size
Depends: adduser, ca-certificates, libc6 (>= 2.34), libgcc-s1, libgssapi-krb5-2, libssl3, libstdc++6, tzdata
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
