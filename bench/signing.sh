#!/usr/bin/env bash
# The cost of DKIM signatures: the same relayed load without a signature, with RSA of 2048 bits, with Ed25519, and with both. The listeners
# differ in their stream alone, by which keys are chosen. Rounds are interleaved, each second one backwards, and each leg is compared with
# the unsigned leg of its round.
set -euo pipefail
cd "$(dirname "$0")/.."
source tools/lib/packages.sh
for part in common postgres postfleet; do source "bench/lib/$part.sh"; done

usage() {
  cat <<'TEXT'
usage: bench/signing.sh [options]
  --rounds N       rounds over all legs (5)
  --messages N     messages of a leg (20000)
  --sessions N     connections of the source (50)
  --octets N       octets of a message without its signatures (4096)
  --dir FOLDER     where the files go; must be on the disk that is to be measured (/var/tmp)
Legs: unsigned, rsa, ed25519, both.
TEXT
}

rounds=5 messages=20000 sessions=50 octets=4096 dir=/var/tmp concurrency=50
while [ $# -gt 0 ]; do
  case $1 in
    --help) usage; exit 0 ;;
    --rounds | --messages | --sessions | --octets | --dir) declare "${1#--}=${2:?$1 needs a value}"; shift 2 ;;
    *) usage >&2; exit 2 ;;
  esac
done

install_missing postgresql python3 procps openssl
make_root "$dir"
build_node
build_tools
openssl genrsa -out "$root/rsa" 2048 2>/dev/null
openssl genpkey -algorithm ed25519 -out "$root/ed25519"
number=0
for key in rsa:rsa ed25519:ed25519 rsa:both ed25519:both; do
  export "POSTFLEET_Dkim__${number}__Domain=source.test" "POSTFLEET_Dkim__${number}__Selector=s$number"
  export "POSTFLEET_Dkim__${number}__Key=$root/${key%:*}" "POSTFLEET_Dkim__${number}__Stream=${key#*:}"
  number=$((number + 1))
done
for stream in rsa ed25519 both; do
  more_listeners=${more_listeners:+$more_listeners, }"{ \"Endpoint\": \"127.0.0.1:0\", \"Service\": \"relay\", \"Stream\": \"$stream\" }"
done
first_routes='{ "Domain": "d9.bench.test", "To": "capture" }'
sink_port=$(free_port)
start_postfleet node "$sink_port" "{ \"Provider\": \"sqlite\", \"Path\": \"$root/data\" }"
mapfile -t ports < <(grep -F "listening service=relay " "$root/node.log" | sed 's/.*endpoint=127.0.0.1:\([0-9]*\).*/\1/')
declare -A port=([unsigned]=${ports[0]} [rsa]=${ports[1]} [ed25519]=${ports[2]} [both]=${ports[3]})

# leg NAME MESSAGES: one run; its JSON object goes to standard output.
leg() {
  python3 bench/lib/leg.py "$1" "${port[$1]}" "$2" --row "$octets" --server "$postfleet_pid" \
    load dotnet "$tool_assembly" load --sink-port "$sink_port" --octets "$octets" --sessions "$sessions"
}

# shows NAME COUNT: a message of a leg has so many signatures.
shows() {
  dotnet "$tool_assembly" load --port "${port[$1]}" --messages 1 --octets "$octets" --first-domain 9 >/dev/null
  await 10 "a message of the leg $1 has $2 signatures" has "$2"
}
has() {
  python3 - "$(logged_endpoint "$root/node.log" "admin listening ")" "$1" <<'PYTHON'
import json, sys, urllib.request
base = f"http://{sys.argv[1]}/api/v1/captured"
last = json.load(urllib.request.urlopen(base))["messages"]
content = urllib.request.urlopen(f"{base}/{last[0]['id']}").read() if last else b""
sys.exit(not last or content.count(b"DKIM-Signature:") != int(sys.argv[2]))
PYTHON
}

legs=(unsigned rsa ed25519 both)
for leg in "${legs[@]}"; do leg "$leg" $((messages / 4)) >/dev/null; done
shows unsigned 0
shows rsa 1
shows both 2
shows ed25519 1
for ((round = 1; round <= rounds; round++)); do
  # So that no leg always follows the same one.
  if ((round % 2)); then order=("${legs[@]}"); else order=(both ed25519 rsa unsigned); fi
  for leg in "${order[@]}"; do leg "$leg" "$messages" | tee -a "$root/results" | sed "s/^/round $round: /" >&2; done
done
stop "$postfleet_pid"
echo
python3 bench/lib/facts.py "$root" "$(postgres_programs)/postgres"
echo
python3 bench/lib/table.py <"$root/results"
echo
python3 bench/lib/pairs.py unsigned <"$root/results"
