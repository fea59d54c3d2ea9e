#!/usr/bin/env bash
# Runs the program for arm64 on a machine with another processor, by qemu: prints its version, checks a configuration, starts a node, sends a
# message and stops the node. usage: packaging/arm64-test.sh    Needs mmdebstrap, qemu-user-static and a minute of processor time.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
source "$here/lib/install.sh"
source "$here/lib/guest.sh"
[ $# -eq 0 ] || die "usage: packaging/arm64-test.sh"
for tool in mmdebstrap qemu-aarch64-static; do command -v "$tool" >/dev/null || die "needs the program $tool"; done
work=$(mktemp -d)
node=
trap '[ -z "$node" ] || kill -KILL "$node" 2>/dev/null || true; rm -rf "$work"' EXIT
mkdir "$work/source" "$work/run"
# Only unpacked: no program of these packages runs.
mmdebstrap --quiet --variant=extract --architectures=arm64 --include=libc6,libgcc-s1,libstdc++6,libssl3,libgssapi-krb5-2,tzdata bookworm "$work/root"
git -C "$here/.." archive HEAD | tar -x -C "$work/source"
READY_TO_RUN=false "$here/publish.sh" "$work/source" 0.0.0 "$work/published" arm64
postfleet() { DOTNET_EnableDiagnostics=0 qemu-aarch64-static -L "$work/root" "$work/published/postfleet" "$@"; }

[ "$(postfleet --version)" = "postfleet 0.0.0" ] || fail "version: $(postfleet --version 2>&1)"
cd "$work/run"
# Port 0 takes any free port.
cat >postfleet.json <<'JSON'
{ "Listeners": [ { "Endpoint": "127.0.0.1:0" } ], "Admin": { "Endpoint": "127.0.0.1:0" }, "Cluster": { "Port": 0 } }
JSON
checked=$(postfleet check 2>&1) || fail "check: $checked"
DOTNET_EnableDiagnostics=0 qemu-aarch64-static -L "$work/root" "$work/published/postfleet" serve >log 2>&1 &
node=$!
for _ in $(seq 1200); do
  ! grep -q ' ready' log || break
  kill -0 $node 2>/dev/null || fail "start: $(cat log)"
  sleep 0.1
done
port() { sed -n "s/.* $1 .*endpoint=127.0.0.1:\([0-9]*\).*/\1/p" log; }
id=$(send "$(port listening | head -1)")
for _ in $(seq 600); do ! grep -q "settled messageId=$id" log || break; sleep 0.1; done
grep -q "settled messageId=$id" log || fail "the message was not delivered: $(tail log)"
status=$(postfleet status --endpoint "127.0.0.1:$(port 'admin listening')") || fail "status: $status"
kill -TERM $node
wait $node || fail "the node ended with $?: $(tail -5 log)"
node=
tail -1 log | grep -q stopped || fail "the node did not stop in order: $(tail -5 log)"
grep -o 'ready elapsed=[^ ]*' log
echo "the program for arm64 runs: version, check, a message, status and stop"
