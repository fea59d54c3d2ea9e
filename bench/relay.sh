#!/usr/bin/env bash
# The relay benchmark: smtp-source -> server -> smtp-sink, with Postfleet on SQLite and on PostgreSQL, with Postfix, and with
# nothing in between (the ceiling of the load tools). Rounds are interleaved, so that a noisy minute hits all alike.
set -euo pipefail
cd "$(dirname "$0")/.."
for part in packages common postfix postgres postfleet; do source "bench/lib/$part.sh"; done

usage() {
  cat <<'TEXT'
usage: bench/relay.sh [options]
  --legs LIST        of direct,postfix,sqlite,postgres (default: all, comma-separated)
  --rounds N         rounds over all legs (3)
  --messages N       messages a round through Postfleet and directly (20000)
  --postfix N        messages a round through Postfix (5000)
  --sessions N       connections of smtp-source (50)
  --octets N         octets of a body (4096)
  --concurrency N    connections to the sink that each server may open (50)
  --dir FOLDER       where queues and databases go; must be on the disk that is to be measured (/var/tmp)
TEXT
}

legs=direct,postfix,sqlite,postgres rounds=3 messages=20000 postfix_messages=5000 sessions=50 octets=4096 concurrency=50 dir=/var/tmp
while [ $# -gt 0 ]; do
  case $1 in
    --help) usage; exit 0 ;;
    --legs | --rounds | --messages | --sessions | --octets | --concurrency | --dir)
      declare "${1#--}=${2:?$1 needs a value}"; shift 2 ;;
    --postfix) postfix_messages=${2:?$1 needs a value}; shift 2 ;;
    *) usage >&2; exit 2 ;;
  esac
done
IFS=, read -r -a leg_names <<<"$legs"

install_missing postfix postgresql python3 procps
PATH=$PATH:/usr/sbin
root=$(mktemp -d "$dir/postfleet-bench.XXXXXX")
chmod 755 "$root"
trap clean_up EXIT
trap 'exit 130' INT TERM

declare -A port count
sink_port=$(free_port)
sink_log=$root/sink.log
user=()
[ "$(id -u)" -ne 0 ] || user=(-u nobody)
start "$sink_log" smtp-sink "${user[@]}" -c "inet:127.0.0.1:$sink_port" 1024
await 10 "smtp-sink listens" listens "$sink_port"

for leg in "${leg_names[@]}"; do
  count[$leg]=$messages
  case $leg in
    direct) port[$leg]=$sink_port ;;
    postfix)
      start_postfix "$sink_port"
      port[$leg]=$postfix_port count[$leg]=$postfix_messages ;;
    sqlite | postgres)
      [ -f "$node_assembly" ] || dotnet build src/Node -c Release -v quiet --nologo
      storage="{ \"Provider\": \"sqlite\", \"Path\": \"$root/$leg/data\" }"
      if [ "$leg" = postgres ]; then
        start_postgres
        storage="{ \"Provider\": \"postgres\", \"ConnectionString\": \"$postgres_connection\", \"Path\": \"$root/$leg/data\" }"
      fi
      start_postfleet "$leg" "$sink_port" "$storage"
      port[$leg]=$postfleet_port ;;
    *) usage >&2; exit 2 ;;
  esac
done

run() { python3 bench/lib/leg.py "$1" "${port[$1]}" "$2" "$sessions" "$octets" "$sink_log"; }

echo "The relay benchmark: $octets-octet messages, $sessions sessions in, at most $concurrency connections out."
echo
python3 bench/lib/facts.py "$root" "$(postgres_programs)/postgres"
echo "- Postfleet $(git describe --always --dirty 2>/dev/null || echo unknown)"
echo
for leg in "${leg_names[@]}"; do
  echo "warming up $leg" >&2
  run "$leg" $((count[$leg] / 4)) >/dev/null
done
for ((round = 1; round <= rounds; round++)); do
  for leg in "${leg_names[@]}"; do
    run "$leg" "${count[$leg]}" | tee -a "$root/results" | sed "s/^/round $round: /" >&2
  done
done
python3 bench/lib/table.py <"$root/results"
