#!/usr/bin/env bash
# Installs the Debian package in a new minimal Debian, sends a message to the node, upgrades, removes and purges it, and checks that the
# mail and an edited configuration stay. Needs root and the packages mmdebstrap and lintian. usage: packaging/install-test.sh PACKAGE.deb
set -euo pipefail
package=$(realpath "$1")
work=$(mktemp -d)
trap 'rm -rf --one-file-system "$work"' EXIT
lintian --fail-on error,warning "$package"
mmdebstrap --quiet --variant=minbase --include=adduser,ca-certificates,libssl3,libstdc++6,man-db,tzdata,zlib1g bookworm "$work/root"
cp "$package" "$work/root/postfleet.deb"
cat >"$work/root/test.sh" <<'INSIDE'
set -euo pipefail
export DEBIAN_FRONTEND=noninteractive
fail() { echo "FAILED: $*" >&2; exit 1; }
as_user() { su -s /bin/sh postfleet -c "cd /var/lib/postfleet && exec $1"; }
mount -t proc proc /proc
dpkg -i /postfleet.deb >/dev/null
[ "$(stat -c '%U %a' /var/lib/postfleet)" = "postfleet 700" ] || fail "owner of /var/lib/postfleet"
[ "$(stat -c '%U %a' /etc/postfleet/credentials)" = "root 700" ] || fail "owner of the credentials"
warnings=$(man --warnings -l /usr/share/man/man1/postfleet.1.gz 2>&1 >/dev/null) && [ -z "$warnings" ] || fail "manual page: $warnings"
as_user "postfleet check --config /etc/postfleet/postfleet.json" >/dev/null 2>&1 || fail "check"

as_user "postfleet serve --config /etc/postfleet/postfleet.json" >/log 2>&1 &
node=$!
for _ in $(seq 300); do ! grep -q ' ready' /log || break; sleep 0.1; done
exec 3<>/dev/tcp/127.0.0.1/2525
read -r -t 10 reply <&3
for line in "HELO client" "MAIL FROM:<a@example.org>" "RCPT TO:<b@x.test>" "DATA" $'Subject: x\r\n\r\nhello\r\n.'; do
  printf '%s\r\n' "$line" >&3
  read -r -t 10 reply <&3
done
[[ "$reply" == "250 "* ]] || fail "the message was answered with $reply"
as_user "postfleet status" | grep -q 'cluster of 1 node' || fail "status"
pkill --exact postfleet 2>/dev/null || for each in /proc/[0-9]*; do
  if [ "$(cat "$each/comm" 2>/dev/null)" = postfleet ]; then kill "${each#/proc/}"; fi
done
wait "$node" || fail "the node ended with $?"
tail -1 /log | grep -q ' stopped' || fail "the node did not stop in order"

echo '{ "Node": { "Hostname": "edited.example.org" } }' >/etc/postfleet/postfleet.json
dpkg -i --force-confold /postfleet.deb >/dev/null
grep -q edited /etc/postfleet/postfleet.json || fail "the upgrade replaced the configuration"
dpkg -r postfleet >/dev/null
[ -e /etc/postfleet/postfleet.json ] || fail "the removal deleted the configuration"
dpkg -P postfleet >/purged 2>&1
grep -q '/var/lib/postfleet is not empty and stays' /purged || fail "the purge says nothing of the mail"
[ -s /var/lib/postfleet/data/spool.db ] || fail "the purge deleted mail"
[ ! -e /etc/postfleet ] || fail "the purge left the configuration"
getent passwd postfleet >/dev/null || fail "the owner of the mail is gone"
echo "the package is installed, used, upgraded, removed and purged; the mail is there"
INSIDE
unshare --mount --pid --net --fork bash -c 'ip link set lo up && chroot "$1" bash /test.sh' - "$work/root"
