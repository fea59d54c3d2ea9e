#!/usr/bin/env bash
# The scale benchmark: the cost of a node with up to a million waiting messages, for one domain and for many. A single node with all roles; destinations first
# refuse (4xx to every recipient), so all mail stays queued, and then come back.
set -euo pipefail
cd "$(dirname "$0")/.."
source tools/lib/packages.sh
for part in common postgres postfleet; do source "bench/lib/$part.sh"; done

usage() {
  cat <<'TEXT'
usage: bench/scale.sh [options] RUN ...
  RUN is one or more of
    backlog          queues all messages, kills the node, starts it again, lets the destinations come back: memory, times, sizes
    length           cost of a message that goes through while ever more wait, in one queue
    domains          cost of a message against the number of domains, never seen before and seen again
  --messages N       messages (1000000)
  --domains N        domains of a backlog, or the most of "domains" (100000)
  --probe N          messages that measure a cost (20000)
  --octets N         octets of a message (4096)
  --sessions N       connections of the load (50)
  --storage NAME     sqlite or postgres (sqlite)
  --retry SECONDS    pause before the second attempt of a backlog; must be longer than it takes to queue all (messages / 300, at least 120)
  --types N          also the N types that hold most memory of a backlog
  --dir FOLDER       where queues and databases go; must be on the disk that is to be measured (/var/tmp)
  --results FILE     also appends the results there, one JSON object a line; bench/lib/scale.py makes the page's tables and plots of it
TEXT
}

messages=1000000 domains=100000 probe=20000 octets=4096 sessions=50 concurrency=50 storage=sqlite types=0 retry= dir=/var/tmp results=/dev/null runs=()
while [ $# -gt 0 ]; do
  case $1 in
    --help) usage; exit 0 ;;
    --messages | --domains | --probe | --octets | --sessions | --storage | --types | --retry | --dir | --results)
      declare "${1#--}=${2:?$1 needs a value}"; shift 2 ;;
    backlog | length | domains) runs+=("$1"); shift ;;
    *) usage >&2; exit 2 ;;
  esac
done
[ ${#runs[@]} -gt 0 ] || { usage >&2; exit 2; }
[ -n "$retry" ] || retry=$((messages / 300 < 120 ? 120 : messages / 300))

install_missing postfix postgresql python3 procps
PATH=$PATH:/usr/sbin
build_tools
build_node
make_root "$dir"

user=()
[ "$(id -u)" -ne 0 ] || user=(-u nobody)
sink_port=$(free_port) sinks=0

# sink refusing|accepting: replaces the previous sink, on the same port.
sink() {
  local manner=()
  [ -z "${sink_pid:-}" ] || stop "$sink_pid"
  [ "$1" = accepting ] || manner=(-r rcpt)
  sinks=$((sinks + 1)) sink_log=$root/sink$((sinks + 1)).log
  start "$sink_log" smtp-sink "${user[@]}" "${manner[@]}" -c "inet:127.0.0.1:$sink_port" 1024
  sink_pid=$started
  await 10 "smtp-sink listens" listens "$sink_port"
}

# node NAME RETRY: starts the node, or restarts it on its existing data.
node() {
  local json="{ \"Provider\": \"sqlite\", \"Path\": \"$root/$1/data\" }"
  if [ "$storage" = postgres ]; then
    [ -n "${postgres_connection:-}" ] || start_postgres
    json="{ \"Provider\": \"postgres\", \"ConnectionString\": \"$postgres_connection\", \"Path\": \"$root/$1/data\" }"
  fi
  POSTFLEET_Queues__FirstRetry=$2 start_postfleet "$1" "$sink_port" "$json"
  home=$root/$1 node_pid=$postfleet_pid
  admin=http://$(logged_endpoint "$root/$1.log" "admin listening ")
}

measure() { python3 bench/lib/measure.py "$@"; }
heap() { dotnet "$tool_assembly" heap --pid "$node_pid" "$@"; }
load() { dotnet "$tool_assembly" load --port "$postfleet_port" --octets "$octets" --sessions "$sessions" --pipelining "$@"; }
record() { measure record "$@" | tee -a "$results" "$root/results"; }
now() { date +%s.%N; }
state() { measure state "$node_pid" "$home" "$(heap | head -1)"; }

# Waits until the queues hold a number of messages, and a number of them in a state: due, deferred, inFlight.
queued() { measure await "$admin" "$1" "$2" "$node_pid"; }
sunk() { measure sunk "$sink_log" "$1" "$node_pid"; }

run_backlog() {
  local name=backlog began filled filled_cpu full recovered drained loaded
  sink refusing
  node "$name" "${retry}s"
  before=$(state)
  began=$(now)
  loaded=$(load --messages "$messages" --domains "$domains")
  queued "$messages" deferred
  filled=$(now) filled_cpu=$(measure cpu "$node_pid")
  # Hand-off marks are written after ten seconds.
  measure quiet "$node_pid"
  full=$(state)
  [ "$types" = 0 ] || heap --types "$types" >&2
  kill -KILL "$node_pid"
  wait "$node_pid" 2>/dev/null || true
  killed=$(now)
  node "$name" "${retry}s"
  ready=$(now)
  queued "$messages" any
  recovered=$(now)
  measure quiet "$node_pid"
  after=$(state)
  stop "$node_pid"
  echo "waiting until all are due" >&2
  measure until "$filled" "$((retry * 11 / 10 + 1))"
  sink accepting
  drain=$(now)
  node "$name" "${retry}s"
  sunk "$messages" >"$root/drain"
  drained=$(now)
  queued 0 any
  drained_cpu=$(measure cpu "$node_pid")
  measure quiet "$node_pid"
  record run=backlog storage="$storage" messages="$messages" domains="$domains" octets="$octets" load="$loaded" fill_s="$filled-$began" fill_cpu_s="$filled_cpu" \
    ready_s="$ready-$killed" recovery_s="$recovered-$killed" restart_to_empty_s="$drained-$drain" drain="$(cat "$root/drain")" drain_cpu_s="$drained_cpu" \
    before="$before" full="$full" recovered="$after" empty="$(state)"
  stop "$node_pid"
}

# probe NAME=VALUE...: sends the probe's messages, waits until the sink has them all, and records the cost of a message.
run_probe() {
  local cpu began loaded
  cpu=$(measure cpu "$node_pid") began=$(now)
  loaded=$(load --messages "$probe" --domains "$probe_domains" --first-domain "$probe_first")
  sunk "$probe" >/dev/null
  record "$@" storage="$storage" probe="$probe" load="$loaded" wall_s="$(now)-$began" cpu_s="$(measure cpu "$node_pid")-$cpu" state="$(state)"
}

run_length() {
  local length=0 next
  probe_domains=1 probe_first=0
  sink accepting
  node length 4h
  # Until the runtime has compiled the hot methods.
  load --messages "$((2 * probe))" >/dev/null
  sunk "$((2 * probe))" >/dev/null
  for next in 0 10000 30000 100000 300000 1000000; do
    ((next <= messages)) || break
    if ((next > length)); then
      sink refusing
      load --messages "$((next - length))" >/dev/null
      queued "$next" deferred
      length=$next
    fi
    sink accepting
    measure quiet "$node_pid"
    run_probe run=length length="$length"
  done
  stop "$node_pid"
}

run_domains() {
  local count
  sink accepting
  node domains 4h
  load --messages "$((2 * probe))" --first-domain 1000000000 >/dev/null
  sunk "$((2 * probe))" >/dev/null
  probe_first=0
  for count in 1 100 1000 10000 100000; do
    ((count <= domains)) || break
    probe_domains=$((count < probe ? count : probe))
    for touch in first again; do
      sink accepting
      measure quiet "$node_pid"
      run_probe run=domains domains="$probe_domains" touch="$touch"
    done
    ((count < probe)) || break
    probe_first=$((probe_first + probe_domains))
  done
  stop "$node_pid"
}

for run in "${runs[@]}"; do "run_$run"; done
echo
python3 bench/lib/scale.py tables <"$root/results"
