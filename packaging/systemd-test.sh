#!/usr/bin/env bash
# Runs the Debian package as a service: a new minimal Debian 12 with systemd as its first process, in namespaces of its own. The service is
# installed, confined, reloaded, restarted by the watchdog and after a kill, stopped, upgraded, removed and purged.
# usage: packaging/systemd-test.sh PACKAGE.deb    Needs root, mmdebstrap and a hierarchy of cgroup version 2; two minutes.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
source "$here/lib/install.sh"
if [ $# -ne 1 ] || [ ! -f "$1" ]; then die "usage: packaging/systemd-test.sh PACKAGE.deb"; fi
[ "$(id -u)" -eq 0 ] || die "needs root"
groups=$(findmnt --noheadings --first-only --types cgroup2 --output TARGET) || die "needs a mounted hierarchy of cgroup version 2"
package=$(realpath "$1")
work=$(mktemp -d)
group=$groups/postfleet-systemd-test.$$
machine=
# shellcheck disable=SC2317 # called by the trap
clean_up() {
  # The namespaces end with the first process.
  [ -z "$machine" ] || { kill -KILL "$machine" && wait "$machine"; } 2>/dev/null || true
  for _ in $(seq 100); do
    [ -z "$(find "$group" -name cgroup.procs -exec cat {} + 2>/dev/null)" ] && break
    sleep 0.1
  done
  find "$group" -depth -type d -exec rmdir {} \; 2>/dev/null || true
  rm -rf --one-file-system "$work"
}
trap clean_up EXIT
mkdir "$work/test"
minimal_debian "$work/root" "$package" systemd systemd-sysv dbus procps
two_versions "$package" "$work/test"
cp "$here/lib/guest.sh" "$here/lib/systemd-test-guest.sh" "$work/test"
mkdir "$work/root/test"

cat >"$work/boot.sh" <<'BOOT'
set -euo pipefail
root=$1
mount --bind "$root" "$root"
mount --bind "$2" "$root/test"
mount -t proc proc "$root/proc"
# The kernel is that of this machine: its settings are not those of the test.
mount --bind "$root/proc/sys" "$root/proc/sys"
mount -o remount,ro,bind "$root/proc/sys"
mount -t sysfs -o ro sysfs "$root/sys"
mount -t cgroup2 cgroup2 "$root/sys/fs/cgroup"
mount -t tmpfs -o mode=755 tmpfs "$root/dev"
mkdir "$root/dev/pts" "$root/dev/shm"
for device in null zero full random urandom tty; do
  touch "$root/dev/$device"
  mount --bind "/dev/$device" "$root/dev/$device"
done
mount -t devpts -o newinstance,ptmxmode=0666,mode=620 devpts "$root/dev/pts"
ln -s pts/ptmx "$root/dev/ptmx"
mount -t tmpfs -o mode=755 tmpfs "$root/run"
mount -t tmpfs tmpfs "$root/tmp"
cd "$root"
mkdir before
pivot_root . before
umount --lazy /before
rmdir /before
# As systemd itself does outside of containers: credentials come by mounts.
mount --make-rshared /
exec setpriv --bounding-set=-sys_time,-sys_module,-sys_rawio,-syslog env --ignore-environment container=test \
  /lib/systemd/systemd </dev/null
BOOT
mkdir "$group"
(echo $BASHPID >"$group/cgroup.procs" && exec unshare --cgroup --mount --pid --net --uts --ipc --fork --kill-child \
  bash "$work/boot.sh" "$work/root" "$work/test") >"$work/boot.log" 2>&1 &
machine=$!
for _ in $(seq 300); do
  first=$(cat "/proc/$machine/task/$machine/children" 2>/dev/null) && first=${first% }
  [ -n "${first:-}" ] && [ "$(cat "/proc/$first/comm")" = systemd ] && break
  kill -0 $machine 2>/dev/null || die "systemd did not start: $(cat "$work/boot.log")"
  sleep 0.1
done
(echo $BASHPID >"$group/cgroup.procs" && exec nsenter --target "$first" --all --root --wd \
  env --ignore-environment PATH=/usr/sbin:/usr/bin:/sbin:/bin bash /test/systemd-test-guest.sh </dev/null)
