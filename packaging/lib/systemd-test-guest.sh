# The part of systemd-test.sh that runs inside, beside systemd.
set -euo pipefail
source /test/guest.sh
export DEBIAN_FRONTEND=noninteractive SYSTEMD_PAGER=cat SYSTEMD_COLORS=0
configuration=/etc/postfleet/postfleet.json
drop_ins=/etc/systemd/system/postfleet.service.d
step() { echo "== $*"; }
property() { systemctl show --property="$1" --value postfleet; }
# The log of the running or last process alone.
log() { journalctl --output=cat _SYSTEMD_INVOCATION_ID="$(property InvocationID)"; }
# eventually WHAT COMMAND...: within a minute.
eventually() {
  local what=$1 end=$((SECONDS + 60))
  shift
  until "$@"; do
    [ $SECONDS -lt $end ] || fail "$what: $(systemctl status --lines=30 postfleet 2>&1 || true)"
    sleep 0.2
  done
}
has() { [ "$(property "$1")" = "$2" ]; }
has_not() { [ "$(property "$1")" != "$2" ]; }
logs() { log | grep -q -- "$1"; }
# of_process KEY: a line of the status of the running process.
of_process() { sed -n "s/^$1:[[:space:]]*//p" "/proc/$(property MainPID)/status"; }
# again SIGNAL WHAT: the process ends by a signal, and systemd starts another.
again() {
  local first
  first=$(property MainPID)
  kill -s "$1" "$first"
  eventually "$2: no other process" has_not MainPID "$first"
  eventually "$2: not active" has ActiveState active
}

step "systemd"
for _ in $(seq 300); do
  state=$(systemctl is-system-running 2>/dev/null) || true
  [ "$state" = running ] && break
  sleep 0.1
done
[ "$state" = running ] || fail "systemd is $state: $(systemctl --failed 2>&1)"
systemctl --version | head -1

step "installation"
dpkg -i /test/1.deb >/tmp/installed 2>&1 || fail "installation: $(cat /tmp/installed)"
has ActiveState active || fail "after the installation: $(systemctl status postfleet 2>&1)"
[ "$(systemctl is-enabled postfleet)" = enabled ] || fail "the service is not enabled"
systemctl status --lines=0 postfleet

step "confinement"
user=$(id -u postfleet)
[ "$(of_process Uid)" = "$user"$'\t'"$user"$'\t'"$user"$'\t'"$user" ] || fail "user: $(of_process Uid)"
[ "$(of_process NoNewPrivs) $(of_process Seccomp)" = "1 2" ] || fail "no new privileges, filter: $(of_process NoNewPrivs), $(of_process Seccomp)"
# 0x400 is CAP_NET_BIND_SERVICE.
for set in CapPrm CapEff CapBnd CapAmb; do [ "$(of_process $set)" = 0000000000000400 ] || fail "$set: $(of_process $set)"; done
inside() { nsenter --target "$(property MainPID)" --mount setpriv --reuid=postfleet --regid=postfleet --clear-groups "$@" 2>/dev/null; }
for folder in / /usr /etc /etc/postfleet /var /var/log /root /home; do
  ! inside touch "$folder/probe" || fail "the service can write to $folder"
done
inside touch /var/lib/postfleet/probe && rm /var/lib/postfleet/probe || fail "the service cannot write to its own folder"
! inside ls /proc/1/environ || fail "the service sees other processes"
[ "$(stat -c '%U %a' /var/lib/postfleet)" = "postfleet 700" ] || fail "owner of /var/lib/postfleet"
systemd-analyze security postfleet | tail -1

step "a message, and its lines in the journal"
id=$(send 2525)
lines() { journalctl --unit=postfleet --output=cat --grep="$1" | grep -q accepted; }
eventually "message $id is not in the journal" lines "$id"
status=$(postfleet status) || fail "status: $status"

step "a secret, port 25, and a reload"
openssl rand -hex 24 | install -m 600 /dev/stdin /etc/postfleet/credentials/admin
cat >$configuration <<'JSON'
{
  "Listeners": [ { "Endpoint": "[::]:25" } ],
  "Admin": { "TokenFile": "/run/credentials/postfleet.service/secret_admin" }
}
JSON
postfleet check --config $configuration --Admin:TokenFile=/etc/postfleet/credentials/admin >/dev/null || fail "check refuses the configuration"
systemctl restart postfleet || fail "restart: $(systemctl status postfleet 2>&1)"
send 25 >/dev/null
! postfleet status >/dev/null 2>&1 || fail "the API answers without a token"
postfleet status --config $configuration >/dev/null || fail "root cannot use the token"
! inside cat /etc/postfleet/credentials/admin || fail "the service reads the original of the secret"
sed -i '1a "Log": { "Level": "debug" },' $configuration
systemctl reload postfleet
eventually "no reload" logs "configuration reloaded"
sed -i 's/debug/loud/' $configuration
systemctl reload postfleet
eventually "a wrong configuration is not refused" logs "reload refused"
! postfleet reload --config $configuration >/dev/null 2>&1 || fail "the verb reload reports no error"
has ActiveState active || fail "a wrong configuration ended the service"

step "a start with a wrong configuration"
! systemctl restart postfleet 2>/dev/null || fail "the service starts with a wrong configuration"
has ActiveState failed || fail "it is tried again: $(systemctl status postfleet 2>&1)"
has ExecMainStatus 2 || fail "exit code $(property ExecMainStatus)"
sed -i 's/loud/info/' $configuration
systemctl start postfleet || fail "start after a failure"

step "kill -9"
again KILL "after SIGKILL"
has NRestarts 1 || fail "NRestarts $(property NRestarts)"

step "watchdog"
mkdir -p $drop_ins
printf '[Service]\nWatchdogSec=4\n' >$drop_ins/test.conf
systemctl daemon-reload
systemctl restart postfleet
first=$(property MainPID)
# Twice the time of the watchdog.
sleep 9
has MainPID "$first" || fail "the watchdog ended a node that works: $(systemctl status postfleet 2>&1)"
again STOP "after the watchdog"
journalctl --unit=postfleet --output=cat | grep -q 'Watchdog timeout' || fail "no watchdog in the journal"
rm -r $drop_ins
systemctl daemon-reload

step "stop"
systemctl restart postfleet
began=$SECONDS
systemctl stop postfleet
has Result success || fail "stop: $(systemctl status postfleet 2>&1)"
has ExecMainStatus 0 || fail "exit code $(property ExecMainStatus)"
log | tail -5 | grep -q stopped || fail "the stop was not in order: $(log | tail)"
[ -z "$(pgrep -u postfleet)" ] || fail "processes stay"
echo "stopped after $((SECONDS - began)) s"

step "upgrade"
systemctl start postfleet
first=$(property MainPID)
dpkg -i --force-confold /test/2.deb >/tmp/upgraded 2>&1 || fail "upgrade: $(cat /tmp/upgraded)"
has ActiveState active || fail "after the upgrade: $(systemctl status postfleet 2>&1)"
has_not MainPID "$first" || fail "the upgrade left the old process"
postfleet message "$id" --config $configuration >/dev/null || fail "the message is gone"
ports() { send 25 >/dev/null; }
ports || fail "the upgrade replaced the configuration"

step "upgrade of a masked service"
systemctl mask --now postfleet 2>/dev/null
dpkg -i --force-confold /test/2.deb >/tmp/masked 2>&1 || fail "upgrade: $(cat /tmp/masked)"
has ActiveState inactive || fail "the upgrade starts a masked service"
systemctl unmask postfleet 2>/dev/null

step "removal and purge"
systemctl start postfleet
dpkg -r postfleet >/tmp/removed 2>&1 || fail "removal: $(cat /tmp/removed)"
[ -z "$(pgrep -u postfleet)" ] || fail "the removal left the node running"
! systemctl start postfleet 2>/dev/null || fail "the removed service starts"
[ -e $configuration ] || fail "the removal deleted the configuration"
dpkg -P postfleet >/tmp/purged 2>&1 || fail "purge: $(cat /tmp/purged)"
[ -s /var/lib/postfleet/data/spool.db ] || fail "the purge deleted mail"
[ "$(ls -A /etc/postfleet)" = credentials ] || fail "the purge left $(ls -A /etc/postfleet)"
[ -z "$(find /etc/systemd /var/lib/systemd/deb-systemd-helper-* -name 'postfleet*' 2>/dev/null)" ] || fail "the purge left links of the unit"

step "installation after the purge"
dpkg -i /test/1.deb >/tmp/installed 2>&1 || fail "installation: $(cat /tmp/installed)"
has ActiveState active || fail "after the installation: $(systemctl status postfleet 2>&1)"
postfleet message "$id" >/dev/null || fail "the message is gone"
[ "$(systemctl is-system-running)" = running ] || fail "failed units: $(systemctl --failed 2>&1)"
echo "the service is installed, confined, reloaded, restarted, stopped, upgraded, removed and purged under systemd; the mail is there"
