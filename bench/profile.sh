#!/usr/bin/env bash
# The processor time of a message by stage: perf over a node under load, with the runtime's own map of compiled methods. Or its allocations.
set -euo pipefail
cd "$(dirname "$0")/.."
source tools/lib/packages.sh
for part in common postgres postfleet; do source "bench/lib/$part.sh"; done

usage() {
  cat <<'TEXT'
usage: bench/profile.sh [options]
  --storage NAME   sqlite or postgres (sqlite)
  --seconds N      how long to sample (15)
  --sessions N     connections of smtp-source (50)
  --octets N       octets of a body (4096)
  --domains N      domains in turn (1); first: each message to a domain that was never seen before
  --allocations    what is allocated instead of processor time
  --reconnect      a new connection for each message
  --top N          also the N symbols that cost most (0)
  --keep FILE      perf's data goes there
  --dir FOLDER     where queues and databases go (/var/tmp)
TEXT
}

storage_name=sqlite seconds=15 sessions=50 octets=4096 concurrency=50 dir=/var/tmp top=0 keep= kept=-d domains=1 allocations=
while [ $# -gt 0 ]; do
  case $1 in
    --help) usage; exit 0 ;;
    --domains) domains=${2:?$1 needs a value}; shift 2 ;;
    --storage) storage_name=${2:?$1 needs a value}; shift 2 ;;
    --reconnect) kept=; shift ;;
    --allocations) allocations=yes; shift ;;
    --seconds | --sessions | --octets | --top | --keep | --dir) declare "${1#--}=${2:?$1 needs a value}"; shift 2 ;;
    *) usage >&2; exit 2 ;;
  esac
done

install_missing postfix postgresql python3 procps linux-perf
PATH=$PATH:/usr/sbin
make_root "$dir"
rate=997

sink_port=$(free_port)
user=()
[ "$(id -u)" -ne 0 ] || user=(-u nobody)
start "$root/sink.log" smtp-sink "${user[@]}" -c "inet:127.0.0.1:$sink_port" 1024
await 10 "smtp-sink listens" listens "$sink_port"
build_node
[ "$domains" = 1 ] && [ -z "$allocations" ] || build_tools
storage="{ \"Provider\": \"sqlite\", \"Path\": \"$root/node/data\" }"
if [ "$storage_name" = postgres ]; then
  start_postgres
  storage="{ \"Provider\": \"postgres\", \"ConnectionString\": \"$postgres_connection\", \"Path\": \"$root/node/data\" }"
fi
# Without the second flag perf takes the mappings of compiled code for files.
[ -n "$allocations" ] || export DOTNET_PerfMapEnabled=1 DOTNET_EnableWriteXorExecute=0
start_postfleet node "$sink_port" "$storage"

# send N FIRST: N messages; FIRST is the number of earlier messages.
send() {
  if [ "$domains" = 1 ]; then
    smtp-source $kept -s "$sessions" -m "$1" -l "$octets" -f from@source.test -t to@example.com "inet:127.0.0.1:$postfleet_port"
  elif [ "$domains" = first ]; then
    dotnet "$tool_assembly" load --port "$postfleet_port" --octets "$octets" --sessions "$sessions" --messages "$1" --domains "$1" --first-domain "$2" >/dev/null
  else
    dotnet "$tool_assembly" load --port "$postfleet_port" --octets "$octets" --sessions "$sessions" --messages "$1" --domains "$domains" >/dev/null
  fi
}
sunk() { python3 -c 'import sys; sys.path.insert(0, "bench/lib"); import leg; print(leg.sink_count(sys.argv[1]))' "$root/sink.log"; }
seconds_of() { awk -v hertz="$(getconf CLK_TCK)" '{ print ($14 + $15) / hertz }' "/proc/$1/stat"; }

echo "warming up" >&2
send 60000 0
export -f send
export kept sessions octets postfleet_port tool_assembly domains
start "$root/load.log" bash -c 'for ((first = 60000; ; first += 20000)); do send 20000 $first || exit; done'
sleep 3
before=$(sunk) cpu=$(seconds_of "$postfleet_pid")
if [ -n "$allocations" ]; then
  dotnet "$tool_assembly" allocations --pid "$postfleet_pid" --seconds "$seconds" >"$root/allocations" &
  sampling=$!
  sleep "$seconds"
else
  perf record -q -F $rate -e cpu-clock -g -p "$postfleet_pid" -o "$root/perf.data" -- sleep "$seconds" 2>"$root/perf.log"
fi
messages=$(($(sunk) - before))
echo "$messages messages in $seconds s; the node's processor time for each: $(awk -v a="$cpu" -v b="$(seconds_of "$postfleet_pid")" -v n="$messages" 'BEGIN { printf "%.0f", (b - a) / n * 1e6 }') us"
if [ -n "$allocations" ]; then
  wait "$sampling"
  python3 bench/lib/stages.py "$messages" --allocations --top "$top" <"$root/allocations"
else
  perf script -i "$root/perf.data" -F comm,ip,sym,dso 2>/dev/null | python3 bench/lib/stages.py "$messages" --rate $rate --top "$top"
  [ -z "$keep" ] || cp "$root/perf.data" "$keep"
fi
