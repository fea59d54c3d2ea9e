#!/usr/bin/env bash
# The cost of the suppression list: the same relayed load through three nodes on SQLite, with the list off, on and empty, and with many
# entries, none of which concerns the load. Rounds are interleaved, each second one backwards, and each leg is compared with the leg
# without a list of its round. The nodes rest while another has its leg.
set -euo pipefail
cd "$(dirname "$0")/.."
source tools/lib/packages.sh
for part in common postgres postfleet; do source "bench/lib/$part.sh"; done

usage() {
  cat <<'TEXT'
usage: bench/suppression.sh [options]
  --rounds N       rounds over all legs (5)
  --messages N     messages of a leg (20000)
  --sessions N     connections of the source (50)
  --entries N      entries of the third leg (1000000)
  --dir FOLDER     where the files go; must be on the disk that is to be measured (/var/tmp)
Legs: off, empty, full.
TEXT
}

rounds=5 messages=20000 sessions=50 entries=1000000 octets=4096 dir=/var/tmp concurrency=50
while [ $# -gt 0 ]; do
  case $1 in
    --help) usage; exit 0 ;;
    --rounds | --messages | --sessions | --entries | --dir) declare "${1#--}=${2:?$1 needs a value}"; shift 2 ;;
    *) usage >&2; exit 2 ;;
  esac
done

install_missing postgresql python3 procps
make_root "$dir"
build_node
build_tools
sink_port=$(free_port)
declare -A port pid
legs=(off empty full)
for leg in "${legs[@]}"; do
  if [ "$leg" != off ]; then export POSTFLEET_Suppression__Enabled=true; fi
  start_postfleet "$leg" "$sink_port" "{ \"Provider\": \"sqlite\", \"Path\": \"$root/$leg.data\" }"
  port[$leg]=$postfleet_port pid[$leg]=$postfleet_pid
done
resident() { awk '/^VmRSS/ { printf "%.0f MiB", $2 / 1024 }' "/proc/${pid[$1]}/status"; }

# leg NAME MESSAGES: one run; its JSON object goes to standard output.
leg() {
  python3 bench/lib/leg.py "$1" "${port[$1]}" "$2" --row "$octets" --server "${pid[$1]}" \
    load dotnet "$tool_assembly" load --sink-port "$sink_port" --octets "$octets" --sessions "$sessions"
}

for leg in "${legs[@]}"; do leg "$leg" $((messages / 4)) >/dev/null; done
echo "resident before the import: $(resident full)" >&2
seq -f 'u%.0f@away.test' "$entries" |
  dotnet "$node_assembly" suppression import - --endpoint "$(logged_endpoint "$root/full.log" "admin listening ")"
echo "resident after the import of $entries entries: $(resident full)" >&2
leg full $((messages / 4)) >/dev/null
for ((round = 1; round <= rounds; round++)); do
  # So that no leg always follows the same one.
  if ((round % 2)); then order=("${legs[@]}"); else order=(full empty off); fi
  for leg in "${order[@]}"; do leg "$leg" "$messages" | tee -a "$root/results" | sed "s/^/round $round: /" >&2; done
done
for leg in "${legs[@]}"; do stop "${pid[$leg]}"; done
echo
python3 bench/lib/facts.py "$root" "$(postgres_programs)/postgres"
echo
python3 bench/lib/table.py <"$root/results"
echo
python3 bench/lib/pairs.py off <"$root/results"
