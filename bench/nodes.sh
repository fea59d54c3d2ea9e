#!/usr/bin/env bash
# The cost of a message on one, two and three nodes over one PostgreSQL, and in each role: processor time of every process, transactions, statements and write-ahead log of the database.
set -euo pipefail
cd "$(dirname "$0")/.."
source tools/lib/packages.sh
for part in common postgres postfleet; do source "bench/lib/$part.sh"; done

usage() {
  cat <<'TEXT'
usage: bench/nodes.sh [options] [LAYOUT ...]
  LAYOUT         one, two, three: so many nodes with all roles; roles: three nodes with a role each (all of them)
  --messages N   messages of a measurement (20000)
  --rate N       instead: N messages a second for each node that has clients, for 20 seconds; so that nodes are as busy as the one alone is, and do not share its load (as many as go)
  --octets N     octets of a message (4096)
  --sessions N   connections of the load, over all frontends (48)
  --dir FOLDER   where the database goes (/var/tmp)
TEXT
}

messages=20000 rate=0 octets=4096 sessions=48 dir=/var/tmp layouts=()
while [ $# -gt 0 ]; do
  case $1 in
    --help) usage; exit 0 ;;
    --messages | --rate | --octets | --sessions | --dir) declare "${1#--}=${2:?$1 needs a value}"; shift 2 ;;
    one | two | three | roles) layouts+=("$1"); shift ;;
    *) usage >&2; exit 2 ;;
  esac
done
[ ${#layouts[@]} -gt 0 ] || layouts=(one two three roles)

install_missing postfix postgresql python3 procps
PATH=$PATH:/usr/sbin
build_tools
build_node
make_root "$dir"
base=$root
user=()
[ "$(id -u)" -ne 0 ] || user=(-u nobody)
sink_port=$(free_port) concurrency=50
start "$base/sink.log" smtp-sink "${user[@]}" -c "inet:127.0.0.1:$sink_port" 1024
await 10 "smtp-sink listens" listens "$sink_port"
# The counts of statements come from this extension.
postgres_settings="shared_preload_libraries = 'pg_stat_statements'"

ask() { as_postgres "$(postgres_programs)/psql" -h "$root/pg" -U postgres -d bench -AtF ' ' -c "$1"; }

# counts: transactions, statements and octets of write-ahead log so far.
counts() {
  ask "SELECT (SELECT xact_commit FROM pg_stat_database WHERE datname = 'bench'), (SELECT sum(calls) FROM pg_stat_statements), (SELECT wal_bytes FROM pg_stat_wal)"
}

sunk() { python3 -c 'import sys; sys.path.insert(0, "bench/lib"); import leg; print(leg.sink_count(sys.argv[1]))' "$base/sink.log"; }
cpu() { python3 -c 'import sys; sys.path.insert(0, "bench/lib"); import leg; print(*(leg.tree_seconds(int(pid)) for pid in sys.argv[1:]))' "$@"; }

# send DOMAINS FIRST [apart]: sends the messages over all frontends; apart: each frontend has its own domains.
send() {
  local i of=${#ports[@]} apart=${3:-} loads=() before pace=() each
  before=$(sunk)
  each=$((messages / of))
  if [ "$rate" -gt 0 ]; then pace=(--rate "$rate") each=$((rate * 20)); fi
  sent=$((each * of))
  for ((i = 0; i < of; i++)); do
    dotnet "$tool_assembly" load --port "${ports[i]}" --octets "$octets" --sessions $((sessions / of)) --pipelining "${pace[@]}" --messages "$each" --domains "$1" --first-domain $(($2 + (${#apart} > 0 ? i * each : 0))) >/dev/null &
    loads+=($!)
  done
  for i in "${loads[@]}"; do wait "$i"; done
  await 120 "all has arrived" arrived $((before + sent))
}

arrived() { [ "$(sunk)" -ge "$1" ]; }

run() {
  local layout=$1 names=(all) roles i port seeds=()
  root=$base/$layout
  mkdir -p "$root"
  chmod 755 "$root"
  start_postgres
  database=$started
  ask "CREATE EXTENSION pg_stat_statements" >/dev/null
  case $layout in
    one) names=(all) ;;
    two) names=(all all) ;;
    three) names=(all all all) ;;
    roles) names=(queue delivery frontend) ;;
  esac
  for i in "${!names[@]}"; do seeds+=("\"127.0.0.1:$(free_port)\""); done
  ids=() ports=()
  for i in "${!names[@]}"; do
    roles=${names[i]}
    [ "$roles" != all ] || roles='frontend", "queue", "delivery'
    node_settings="\"Roles\": [ \"$roles\" ]"
    port=${seeds[i]##*:}
    cluster_settings="\"Host\": \"127.0.0.1\", \"Port\": ${port%\"}, \"Seeds\": [ $(IFS=,; echo "${seeds[*]}") ]"
    begin_node "$layout$i"
  done
  for i in "${!names[@]}"; do
    await 90 "node $i is ready" ready "$root/$layout$i.log" "${ids[i]}"
    case ${names[i]} in all | frontend) port=$(logged_endpoint "$root/$layout$i.log" "listening service=relay "); ports+=("${port##*:}") ;; esac
  done
  send 1 0
  send 1000 0
  send 1000 0
  measure_leg "$layout" 1 0 again
  measure_leg "$layout" 1000 0 again
  measure_leg "$layout" "$messages" 100000 first
  for i in "${ids[@]}" "$database"; do stop "$i"; done
}

# start_postfleet waits until a node is ready, for which it needs the other nodes.
begin_node() {
  local json="{ \"Provider\": \"postgres\", \"ConnectionString\": \"$postgres_connection\", \"Path\": \"$root/$1/data\" }"
  configure_postfleet "$1" "$sink_port" "$json"
  start "$root/$1.log" dotnet "$node_assembly" serve --config "$root/$1/postfleet.json"
  ids+=("$started")
}

measure_leg() {
  local before after began
  sleep 2
  before="$(counts) $(cpu "${ids[@]}" "$database")"
  began=$(date +%s.%N)
  send "$2" "$3" "$([ "$4" = again ] || echo apart)"
  local took
  took=$(echo "$(date +%s.%N) - $began" | bc)
  sleep 2
  after="$(counts) $(cpu "${ids[@]}" "$database")"
  python3 - "$1" "$2" "$4" "$sent" "$took" "$before" "$after" "${names[*]}" <<'PY'
import sys
layout, domains, touch, messages, took, before, after, names = sys.argv[1:]
messages = int(messages)
gained = [(float(b) - float(a)) / messages for a, b in zip(before.split(), after.split())]
transactions, statements, log, *seconds = gained
nodes = " + ".join(f"{s * 1e6:.0f} {name}" for s, name in zip(seconds, names.split())) if layout == "roles" else f"{sum(seconds[:-1]) * 1e6:.0f}"
print(f"| {layout} | {int(domains):,} | {touch} | {messages / float(took):,.0f} | {nodes} | {seconds[-1] * 1e6:.0f} | {transactions:.2f} | {statements:.2f} | {log / 1024:.1f} |", flush=True)
PY
}

echo "| nodes | domains | seen | messages/s | CPU us a message, all nodes | CPU us, database | transactions | statements | log, KiB |"
echo "| --- | ---: | --- | ---: | ---: | ---: | ---: | ---: | ---: |"
for layout in "${layouts[@]}"; do run "$layout"; done
