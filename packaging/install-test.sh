#!/usr/bin/env bash
# Installs the Debian package, sends a message to the node, upgrades, removes and purges it, and checks that the mail and an edited
# configuration stay. usage: packaging/install-test.sh PACKAGE.deb [--here]
# The package goes into a new minimal Debian 12 (a minute), or with --here into a copy of this system (seconds), which ends with the test.
# Needs root; without --here, mmdebstrap.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
source "$here/lib/install.sh"
if [ $# -lt 1 ] || [ ! -f "$1" ] || [ "${2:---here}" != --here ]; then die "usage: packaging/install-test.sh PACKAGE.deb [--here]"; fi
[ "$(id -u)" -eq 0 ] || die "needs root"
package=$(realpath "$1")
work=$(mktemp -d)
trap 'rm -rf --one-file-system "$work"' EXIT
export TEST_ROOT=$work/root
mkdir "$TEST_ROOT"
[ $# -eq 2 ] || minimal_debian "$TEST_ROOT" "$package" man-db
mkdir "$work/new"
two_versions "$package" "$work/new"
cp "$here/lib/guest.sh" "$work/new"

cat >"$work/new/test.sh" <<'INSIDE'
set -euo pipefail
export DEBIAN_FRONTEND=noninteractive
here=$(dirname "$0")
source "$here/guest.sh"
as_user=(setpriv --reuid=postfleet --regid=postfleet --clear-groups --bounding-set=-all)
cd /
dpkg -i "$here/1.deb" >"$here/installed" 2>&1 || fail "installation: $(cat "$here/installed")"
[ "$(stat -c '%U %a' /var/lib/postfleet)" = "postfleet 700" ] || fail "owner of /var/lib/postfleet"
[ "$(stat -c '%U %a' /etc/postfleet/credentials)" = "root 700" ] || fail "owner of the credentials"
warnings=$(man --warnings -l /usr/share/man/man1/postfleet.1.gz 2>&1 >/dev/null) && [ -z "$warnings" ] || fail "manual page: $warnings"
if command -v systemd-analyze >/dev/null; then
  unit=/lib/systemd/system/postfleet.service
  warnings=$(systemd-analyze verify $unit 2>&1) && [ -z "$warnings" ] || fail "unit: $warnings"
  # 0 is the safest, 100 the least safe.
  systemd-analyze security --offline=true --threshold=20 $unit >"$here/security" 2>&1 || fail "unit: $(tail -1 "$here/security")"
fi

cd /var/lib/postfleet
checked=$("${as_user[@]}" postfleet check --config /etc/postfleet/postfleet.json 2>&1) || fail "check: $checked"
# The node sees as little as in the unit: ProtectSystem=strict, StateDirectory, PrivateTmp, ProcSubset=pid and ProtectProc=invisible.
unshare --mount bash -c '
  mount --bind /var/lib/postfleet /var/lib/postfleet
  mount -o remount,ro,bind /
  mount -t tmpfs none /tmp
  mount -t proc -o subset=pid,hidepid=invisible proc /proc
  exec "$@"' - "${as_user[@]}" postfleet serve --config /etc/postfleet/postfleet.json >"$here/log" 2>&1 &
node=$!
for _ in $(seq 600); do ! grep -q ' ready' "$here/log" || break; kill -0 $node || fail "start: $(cat "$here/log")"; sleep 0.1; done
send 2525 >/dev/null
status=$("${as_user[@]}" postfleet status 2>&1) || fail "status: $status"
grep -q 'cluster of 1 node' <<<"$status" || fail "status: $status"
kill $node
wait $node || fail "the node ended with $?: $(tail -5 "$here/log")"
grep -q ' stopped' "$here/log" || fail "the node did not stop in order: $(tail -5 "$here/log")"

cd /
echo '{ "Node": { "Hostname": "edited.example.org" } }' >/etc/postfleet/postfleet.json
dpkg -i --force-confold "$here/2.deb" >"$here/upgraded" 2>&1 || fail "upgrade: $(cat "$here/upgraded")"
grep -q edited /etc/postfleet/postfleet.json || fail "the upgrade replaced the configuration"
[[ "$(dpkg-query -W -f '${Version}' postfleet)" == *next ]] || fail "the upgrade left the old version"
dpkg -r postfleet >/dev/null 2>&1 || fail "removal"
grep -q edited /etc/postfleet/postfleet.json || fail "the removal deleted the configuration"
dpkg -P postfleet >"$here/purged" 2>&1 || fail "purge: $(cat "$here/purged")"
grep -q '/var/lib/postfleet is not empty and stays' "$here/purged" || fail "the purge says nothing of the mail: $(cat "$here/purged")"
[ -s /var/lib/postfleet/data/spool.db ] || fail "the purge deleted mail"
[ ! -e /etc/postfleet ] || fail "the purge left the configuration: $(ls -R /etc/postfleet)"
[ ! -e /usr/lib/postfleet ] || fail "the purge left the program"
getent passwd postfleet >/dev/null || fail "the owner of the mail is gone"
echo "the package is installed, used, upgraded, removed and purged; the mail is there"
INSIDE

# Own mounts, processes and network: nothing of the test is seen outside, and all of it ends with the first process.
unshare --mount --pid --net --fork --kill-child bash -euo pipefail -s "$work/new" <<'OUTSIDE'
ip link set lo up
if [ -e "$TEST_ROOT/etc" ]; then
  # The test remounts its root read-only for the node: the root must be a mount.
  mount --bind "$TEST_ROOT" "$TEST_ROOT"
else
  changes=$(dirname "$TEST_ROOT")/changes
  mkdir "$changes"
  mount -t tmpfs none "$changes"
  mkdir "$changes/upper" "$changes/work"
  mount -t overlay overlay -o "lowerdir=/,upperdir=$changes/upper,workdir=$changes/work" "$TEST_ROOT"
  mount --rbind /dev "$TEST_ROOT/dev"
fi
mkdir -p "$TEST_ROOT/test"
mount --bind "$1" "$TEST_ROOT/test"
mount -t proc proc "$TEST_ROOT/proc"
chroot "$TEST_ROOT" bash /test/test.sh </dev/null
OUTSIDE
