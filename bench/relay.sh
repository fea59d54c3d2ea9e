#!/usr/bin/env bash
# The relay benchmark: smtp-source -> server -> smtp-sink, with Postfleet on SQLite and on PostgreSQL, with Postfix, and with
# nothing in between (the ceiling of the load tools). Rounds are interleaved, so a noisy minute affects all legs alike.
set -euo pipefail
cd "$(dirname "$0")/.."
source tools/lib/packages.sh
for part in common postfix postgres postfleet; do source "bench/lib/$part.sh"; done

usage() {
  cat <<'TEXT'
usage: bench/relay.sh [options]
  --legs LIST        of direct,postfix,sqlite,postgres (default: these, comma-separated), sqlite-none and postgres-none (without history)
  --rounds N         rounds over all legs (3; with --matrix 1)
  --messages N       messages a round through Postfleet and directly (20000)
  --postfix N        messages a round through Postfix (5000)
  --sessions N       connections of the source (50)
  --octets N         octets of a body (4096)
  --concurrency N    connections to the sink that each server may open (50)
  --tools NAME       smtp, for smtp-source and smtp-sink, or load, for the one of tools/Postfleet.Tools: connections kept, exact latencies (smtp)
  --matrix           rows that differ from the first in one thing, with --tools load: octets, sessions, messages of a connection, recipients,
                     domains, sites; rows with many domains go by MX, from a DNS of their own, and leave Postfix out
  --rows LIST        of base,octets,s1,s20,s200,s500,s2000,each,recipients,d1k4,d100k4,d1k500,d100k500 (default: all)
  --many N           messages of the rows with 100,000 domains (100000)
  --results FILE     also appends each leg's result there, one JSON object a line
  --dir FOLDER       where queues and databases go; must be on the disk that is to be measured (/var/tmp)
TEXT
}

legs=direct,postfix,sqlite,postgres rounds= messages=20000 postfix_messages=5000 sessions=50 octets=4096 concurrency=50 dir=/var/tmp
tools=smtp matrix='' many=100000 results=/dev/null
rows=base,octets,s1,s20,s200,s500,s2000,each,recipients,d1k4,d100k4,d1k500,d100k500
while [ $# -gt 0 ]; do
  case $1 in
    --help) usage; exit 0 ;;
    --legs | --rounds | --messages | --sessions | --octets | --concurrency | --tools | --rows | --many | --results | --dir)
      declare "${1#--}=${2:?$1 needs a value}"; shift 2 ;;
    --postfix) postfix_messages=${2:?$1 needs a value}; shift 2 ;;
    --matrix) matrix=yes tools=load; shift ;;
    *) usage >&2; exit 2 ;;
  esac
done
IFS=, read -r -a leg_names <<<"$legs"
IFS=, read -r -a row_names <<<"$rows"
[ -n "$rounds" ] || rounds=$([ -n "$matrix" ] && echo 1 || echo 3)
# The matrix has a single round, so the runtime's code must be compiled before.
warm_share=$([ -n "$matrix" ] && echo 1 || echo 4)
[ -n "$matrix" ] || row_names=()
case $tools in smtp | load) ;; *) usage >&2; exit 2 ;; esac

install_missing postfix postgresql python3 procps
PATH=$PATH:/usr/sbin
export DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_NOLOGO=1
make_root "$dir"
# Many sessions on one side, many sites on the other.
ulimit -n "$(ulimit -Hn)"

[ "$tools" = smtp ] || build_tools
declare -A port count pid
sink_port=$(free_port) dns_port=$(free_port) sink_log=$root/sink.log
if [ "$tools" = smtp ]; then
  user=()
  [ "$(id -u)" -ne 0 ] || user=(-u nobody)
  start "$sink_log" smtp-sink "${user[@]}" -c "inet:127.0.0.1:$sink_port" 1024
  await 10 "smtp-sink listens" listens "$sink_port"
fi
# All sessions come from one address, which the defaults limit to 200.
export POSTFLEET_Smtp__MaxConnections=4000 POSTFLEET_Smtp__MaxConnectionsPerAddress=4000 POSTFLEET_Smtp__MaxConnectionsPerNetwork=4000

for leg in "${leg_names[@]}"; do
  count[$leg]=$messages
  [ "$leg" != postfix ] || count[$leg]=$postfix_messages
done

# start_leg LEG: starts the server of the leg.
start_leg() {
  case $1 in
    direct) port[$1]=$sink_port ;;
    postfix)
      start_postfix "$sink_port"
      port[$1]=$postfix_port pid[$1]=$postfix_pid ;;
    sqlite | postgres | sqlite-none | postgres-none)
      [ -f "$node_assembly" ] || dotnet build src/Node -c Release -v quiet --nologo -nodeReuse:false
      storage="{ \"Provider\": \"sqlite\", \"Path\": \"$root/$1/data\" }"
      if [ "${1%-none}" = postgres ]; then
        if [ -z "${postgres_pid:-}" ]; then start_postgres; postgres_pid=$started; fi
        create_database "$1"
        storage="{ \"Provider\": \"postgres\", \"ConnectionString\": \"$postgres_server;Database=$1\", \"Path\": \"$root/$1/data\" }"
      fi
      [ "$1" = "${1%-none}" ] || export POSTFLEET_History__Keep=none
      start_postfleet "$1" "$sink_port" "$storage"
      unset POSTFLEET_History__Keep
      port[$1]=$postfleet_port pid[$1]=$postfleet_pid ;;
    *) usage >&2; exit 2 ;;
  esac
}

# run LEG ROW MESSAGES SESSIONS OCTETS [OPTION OF THE LOAD TOOL...]
run() {
  local leg=$1 row=$2 number=$3 in=$4 size=$5 processes=()
  shift 5
  [ -z "${pid[$leg]:-}" ] || processes=(--server "${pid[$leg]}")
  [ "${leg%-none}" != postgres ] || processes+=(--database "$postgres_pid")
  local way=(smtp-source "$in" "$size" "$sink_log")
  [ "$tools" = smtp ] || way=(load dotnet "$tool_assembly" load --sink-port "$sink_port" --dns-port "$dns_port" --sessions "$in" --octets "$size" "$@")
  python3 bench/lib/leg.py "$leg" "${port[$leg]}" "$number" --row "$row" "${processes[@]}" "${way[@]}"
}

# A failed leg is reported, and the other legs run.
measure() { run "$@" | tee -a "$root/results" "$results" | sed "s/^/round $round: /" >&2 || echo "failed: $*" >&2; }

# row NAME: runs every leg once. Counts are the counts of the first row, divided for rows with more work a message to take about as long.
row() {
  local leg number many_domains='' divisor=1 in=$sessions size=$octets options=() title
  case $1 in
    base) title=base ;;
    octets) title="100 KiB" size=102400 divisor=5 ;;
    s1) title="1 session" in=1 divisor=10 ;;
    s20 | s200 | s500 | s2000) title="${1#s} sessions" in=${1#s} ;;
    each) title="a connection for each message" options=(--per-connection 1) ;;
    recipients) title="10 recipients" options=(--recipients 10) divisor=2 ;;
    # Each row has its own domains.
    d1k4) title="1,000 domains, 4 sites" options=(--domains 1000 --sites 4 --first-domain 0) many_domains=yes ;;
    d100k4) title="100,000 domains, 4 sites" options=(--domains 100000 --sites 4 --first-domain 1000000) many_domains=yes ;;
    d1k500) title="1,000 domains, 500 sites" options=(--domains 1000 --sites 500 --first-domain 2000000) many_domains=yes ;;
    d100k500) title="100,000 domains, 500 sites" options=(--domains 100000 --sites 500 --first-domain 3000000) many_domains=yes ;;
    *) usage >&2; exit 2 ;;
  esac
  [ -z "$many_domains" ] || route_by_mx
  for leg in "${leg_names[@]}"; do
    local number=$((count[$leg] / divisor))
    case $1,$leg in
      d*,direct | d*,postfix) continue ;;
      d100k*) number=$many ;;
    esac
    measure "$leg" "$title" "$number" "$in" "$size" "${options[@]}"
  done
}

# Starts Postfleet again, this time without a smarthost: the domains' MX hosts come from the load tool.
route_by_mx() {
  [ -z "${is_by_mx:-}" ] || return 0
  is_by_mx=yes
  export POSTFLEET_Routes__0__Domain='*' POSTFLEET_Routes__0__To=mx
  export POSTFLEET_Dns__Servers__0=127.0.0.1:$dns_port POSTFLEET_Delivery__Port=$sink_port
  for leg in "${leg_names[@]}"; do
    case ${leg%-none} in sqlite | postgres) ;; *) continue ;; esac
    [ -z "${pid[$leg]:-}" ] || stop "${pid[$leg]}"
    start_leg "$leg"
    warm_up "$leg" --domains 1000 --first-domain 9000000
  done
}

warm_up() {
  local leg=$1
  shift
  echo "warming up $leg" >&2
  run "$leg" "" $((count[$leg] / warm_share)) "$sessions" "$octets" "$@" >/dev/null
}

echo "The relay benchmark: $octets-octet messages, $sessions sessions in, at most $concurrency connections out."
echo
python3 bench/lib/facts.py "$root" "$(postgres_programs)/postgres"
echo "- load average before: $(cut -d ' ' -f 1-3 /proc/loadavg)"
echo "- Postfleet $(git describe --always --dirty 2>/dev/null || echo unknown)"
echo
# If only rows with many domains run, no server with a smarthost is needed.
for name in "${row_names[@]:-base}"; do
  case $name in d1*) continue ;; esac
  for leg in "${leg_names[@]}"; do
    start_leg "$leg"
    warm_up "$leg"
  done
  break
done
for name in "${row_names[@]}"; do
  for ((round = 1; round <= rounds; round++)); do row "$name"; done
done
for ((round = 1; round <= rounds; round++)); do
  [ -z "$matrix" ] || break
  for leg in "${leg_names[@]}"; do measure "$leg" "" "${count[$leg]}" "$sessions" "$octets"; done
done
echo "- load average after: $(cut -d ' ' -f 1-3 /proc/loadavg)"
echo
python3 bench/lib/table.py <"$root/results"
