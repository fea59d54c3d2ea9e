#!/usr/bin/env bash
# The cost of submission: the same load by relay, and by users with and without limits, on kept connections; and the latency of relayed mail
# beside many log-ins. Rounds are interleaved, each second one backwards, and each leg is compared with the relay leg of its round. Without
# TLS, so that only authentication and limits differ. The figures are in docs/benchmarks.md.
set -euo pipefail
cd "$(dirname "$0")/.."
source tools/lib/packages.sh
for part in common postgres postfleet; do source "bench/lib/$part.sh"; done

usage() {
  cat <<'TEXT'
usage: bench/submission.sh [options]
  --engines LIST   of sqlite,postgres (default: both)
  --rounds N       rounds over all legs (5)
  --messages N     messages of a leg (20000)
  --sessions N     connections of the source (50)
  --logins N       log-ins a minute beside relayed mail, each with a message (10000); 0 for no such rounds
  --relayed N      relayed messages a second meanwhile (500)
  --dir FOLDER     where the files go; must be on the disk that is to be measured (/var/tmp)
Legs: relay; user (no limits); limits (a rate and recipients a day, which are not reached); new (first-time recipients a day, and each is one).
TEXT
}

engines=sqlite,postgres rounds=5 messages=20000 sessions=50 logins=10000 relayed=500 dir=/var/tmp concurrency=50
while [ $# -gt 0 ]; do
  case $1 in
    --help) usage; exit 0 ;;
    --engines | --rounds | --messages | --sessions | --logins | --relayed | --dir) declare "${1#--}=${2:?$1 needs a value}"; shift 2 ;;
    *) usage >&2; exit 2 ;;
  esac
done

install_missing postgresql python3 procps openssl
make_root "$dir"
build_node
build_tools
export POSTFLEET_Smtp__MaxConnections=4000 POSTFLEET_Smtp__MaxConnectionsPerAddress=4000 POSTFLEET_Smtp__MaxConnectionsPerNetwork=4000
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj /CN=postfleet.bench.test \
  -keyout "$root/tls.key" -out "$root/tls.crt" 2>/dev/null
export POSTFLEET_Tls__Certificate=$root/tls.crt POSTFLEET_Tls__Key=$root/tls.key POSTFLEET_Auth__PlaintextNetworks__0=127.0.0.0/8
more_listeners='{ "Endpoint": "127.0.0.1:0", "Service": "submission" }'
# For the messages of log-ins, which the sink of the relayed ones must not see.
first_routes='{ "Domain": "d9.bench.test", "To": "discard" }'
users=100

# user NAME [OPTION...]
user() {
  local name=$1
  shift
  printf %s secret | dotnet "$node_assembly" user add "$name" --password-stdin --address '*' --endpoint "$admin" "$@" >/dev/null
}

load() { dotnet "$tool_assembly" load --sink-port "$sink_port" --octets 4096 "$@"; }

# leg NAME MESSAGES: one run; its JSON object goes to standard output. The recipients are those of the domain $first.
leg() {
  local to=$submission_port options=()
  case $1 in
    relay) to=$relay_port ;;
    *) options=(--login "$1:secret") ;;
  esac
  python3 bench/lib/leg.py "$1" "$to" "$2" --row "$engine" --server "$postfleet_pid" ${database:+--database "$database"} \
    load dotnet "$tool_assembly" load --sink-port "$sink_port" --octets 4096 --sessions "$sessions" --first-domain "$first" "${options[@]}"
}

# latency NAME: prints p50, p99 and p99.9 of the reply to the final dot, from the JSON object of a run.
latency() {
  python3 -c 'import json, sys
run = json.load(sys.stdin)
print(sys.argv[1], "messages/s", round(run["accepted"]), "dot to 250, ms", *(round(run["accept_ms"][key], 2) for key in ("p50", "p99", "p999")),
      "refused", run.get("refused"))' "$1"
}

first=100
for engine in ${engines//,/ }; do
  sink_port=$(free_port) database=
  storage="{ \"Provider\": \"sqlite\", \"Path\": \"$root/$engine/data\" }"
  if [ "$engine" = postgres ]; then
    start_postgres
    database=$started
    create_database submission
    storage="{ \"Provider\": \"postgres\", \"ConnectionString\": \"$postgres_server;Database=submission\", \"Path\": \"$root/$engine/data\" }"
  fi
  start_postfleet "$engine" "$sink_port" "$storage"
  admin=$(logged_endpoint "$root/$engine.log" "admin listening ")
  relay_port=$postfleet_port submission_port=$(logged_endpoint "$root/$engine.log" "listening service=submission ")
  submission_port=${submission_port##*:}
  user user
  user limits --max-rate 10000/s --max-recipients 100000000/d
  user new --max-new-recipients 100000000/d
  for leg in relay user limits new; do
    first=$((first + 1))
    leg "$leg" $((messages / 4)) >/dev/null
  done
  for ((round = 1; round <= rounds; round++)); do
    legs=(relay user limits new)
    # So that no leg always follows the same one.
    ((round % 2)) || legs=(new limits user relay)
    for leg in "${legs[@]}"; do
      # Nobody is known from an earlier leg.
      first=$((first + 1))
      leg "$leg" "$messages" | tee -a "$root/results" | sed "s/^/round $round: /" >&2
    done
  done
  if [ "$logins" -gt 0 ]; then
    for ((n = 0; n < users; n++)); do user "many$n"; done
    for ((round = 1; round <= 3; round++)); do
      load --port "$relay_port" --rate "$relayed" --messages $((relayed * 60)) | latency "$engine, round $round, alone:"
      dotnet "$tool_assembly" load --port "$submission_port" --octets 4096 --rate $((logins / 60)) --messages "$logins" --sessions 20 \
        --per-connection 1 --first-domain 9 --login many:secret --users $users >"$root/logins" &
      load --port "$relay_port" --rate "$relayed" --messages $((relayed * 60)) | latency "$engine, round $round, beside log-ins:"
      wait $!
      latency "$engine, round $round, log-ins:" <"$root/logins"
    done
  fi
  stop "$postfleet_pid"
done
echo
python3 bench/lib/facts.py "$root" "$(postgres_programs)/postgres"
echo
python3 bench/lib/table.py <"$root/results"
echo
python3 bench/lib/pairs.py relay <"$root/results"
