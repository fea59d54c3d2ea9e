#!/usr/bin/env bash
# What mail costs that waits behind a provider which answers 421 to every connection: processor time while it waits, and the latency of
# other mail before and beside it. The figures are in docs/benchmarks.md.
set -euo pipefail
cd "$(dirname "$0")/.."
source tools/lib/packages.sh
for part in common postgres postfleet; do source "bench/lib/$part.sh"; done

usage() {
  cat <<'TEXT'
usage: bench/deferred.sh [options]
  --messages N     messages that wait (300000), in 40 domains of one site
  --engines LIST   of sqlite,postgres (sqlite)
  --seconds N      how long they are watched while nothing else happens (600)
  --relayed N      other messages a second while their latency is measured (500), a minute each time
  --dir FOLDER     where the database goes (/var/tmp)
TEXT
}

messages=300000 engines=sqlite seconds=600 relayed=500 dir=/var/tmp concurrency=20 domains=40
while [ $# -gt 0 ]; do
  case $1 in
    --help) usage; exit 0 ;;
    --messages | --engines | --seconds | --relayed | --dir) declare "${1#--}=${2:?$1 needs a value}"; shift 2 ;;
    *) usage >&2; exit 2 ;;
  esac
done

install_missing postfix postgresql python3 procps
PATH=$PATH:/usr/sbin
make_root "$dir"
build_node
build_tools
export POSTFLEET_Smtp__MaxConnections=4000 POSTFLEET_Smtp__MaxConnectionsPerAddress=4000 POSTFLEET_Smtp__MaxConnectionsPerNetwork=4000

cpu() { python3 bench/lib/measure.py cpu "$1"; }

# used SECONDS: the share of a core that the node (and the database's processes) used in so many seconds.
used() {
  local node before=0 after=0
  node=$(cpu "$postfleet_pid")
  [ -z "$database" ] || before=$(tree_seconds)
  sleep "$1"
  [ -z "$database" ] || after=$(tree_seconds)
  python3 -c 'import sys
node, now, before, after, seconds = map(float, sys.argv[1:])
print(f"{100 * (now - node) / seconds:.2f} % of a core in the node, {100 * (after - before) / seconds:.2f} % in the database")' \
    "$node" "$(cpu "$postfleet_pid")" "$before" "$after" "$1"
}
tree_seconds() { PYTHONPATH=bench/lib python3 -c 'import sys, leg; print(leg.tree_seconds(int(sys.argv[1])))' "$database"; }

# latency LABEL: other mail for a minute.
latency() {
  dotnet "$tool_assembly" load --port "$postfleet_port" --sink-port "$sink_port" --octets 4096 --rate "$relayed" \
    --messages $((relayed * 60)) |
    python3 -c 'import json, sys
run = json.load(sys.stdin)
for what, key in (("dot to 250", "accept_ms"), ("dot to arrival", "deliver_ms")):
    print(sys.argv[1], what + ", ms:", *(f"{name} {value:.2f}" for name, value in run[key].items()), "missing", run["missing"])' "$1"
}

for engine in ${engines//,/ }; do
  sink_port=$(free_port) away_port=$(free_port) database=
  storage="{ \"Provider\": \"sqlite\", \"Path\": \"$root/$engine/data\" }"
  if [ "$engine" = postgres ]; then
    start_postgres
    database=$started
    create_database deferred
    storage="{ \"Provider\": \"postgres\", \"ConnectionString\": \"$postgres_server;Database=deferred\", \"Path\": \"$root/$engine/data\" }"
  fi
  start "$root/provider" python3 bench/lib/provider.py "$away_port" "$root/$engine.json" away:86400=127.0.0.1
  provider=$started
  await 20 "the provider listens" grep -qs ready "$root/provider"
  first_routes="{ \"Domain\": \"*.away.test\", \"To\": \"smtp://127.0.0.1:$away_port\" }"
  start_postfleet "$engine" "$sink_port" "$storage"
  latency "$engine, warming up:" >/dev/null
  latency "$engine, nothing waits:"
  sleep 10
  echo "$engine, nothing waits: $(used 60)"
  for ((n = 0; n < domains; n++)); do
    smtp-source -N -s 20 -m $((messages / domains)) -l 4096 -f sender@bench.test -t "user@d$n.away.test" "127.0.0.1:$postfleet_port"
  done
  # The attempts of the first minutes.
  sleep 60
  echo "$engine, $messages messages wait: $(used "$seconds")"
  latency "$engine, $messages messages wait:"
  latency "$engine, $messages messages wait, again:"
  echo "$engine: connections to the provider: $(kill -TERM "$provider"; sleep 2; python3 -c 'import json, sys
print(sum(minute.get("connections", 0) for minute in json.load(open(sys.argv[1]))["away"]["minutes"].values()))' "$root/$engine.json")"
  stop "$postfleet_pid"
done
echo
python3 bench/lib/facts.py "$root" "$(postgres_programs)/postgres"
