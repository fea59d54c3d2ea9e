#!/usr/bin/env bash
# Seven nodes and PostgreSQL as real processes, a fault under load, and a count of lost and repeated messages. Full sizes; about 50 minutes.
set -euo pipefail
cd "$(dirname "$0")/.."
source tools/lib/packages.sh

usage() {
  cat <<TEXT
usage: bench/faults.sh [--rounds N] [--users | --strangers] [SCENARIO ...]
  SCENARIO    kill, freeze, split, restart, database, noqueues, limits, sources, wake, dbdeath, dbdrop,
              patroni, pgbouncer; without one, all of them
  --rounds N  how often each (1)
  --users     the load comes from a user with a password and limits, by submission
  --strangers the load comes from strangers, by inbound, with every check and a filter
Needs root for split, dbdrop and patroni (network namespaces). Prints a table in Markdown; the logs of a run that failed are kept, and named.
TEXT
}

declare -A class=(
  [kill]=KillTests [freeze]=FreezeTests [split]=SplitTests [restart]=RollingRestartTests [database]=DatabaseTests
  [noqueues]=NoQueueNodesTests [limits]=SiteLimitTests [sources]=SourceLimitTests
  [wake]=WakeTests [dbdeath]=DatabaseDeathTests [dbdrop]=DatabaseNetworkTests
  [patroni]=PatroniTests [pgbouncer]=PgBouncerTests)

rounds=1 names=()
while [ $# -gt 0 ]; do
  case $1 in
    --help) usage; exit 0 ;;
    --rounds) rounds=${2:?--rounds needs a value}; shift 2 ;;
    --strangers) export POSTFLEET_TEST_STRANGERS=1; shift ;;
    --users) export POSTFLEET_TEST_USERS=1; shift ;;
    *)
      [ -n "${class[$1]:-}" ] || { usage >&2; exit 2; }
      names+=("$1"); shift ;;
  esac
done
[ ${#names[@]} -gt 0 ] || names=(kill freeze split restart database noqueues limits sources wake dbdeath dbdrop patroni pgbouncer)

install_missing postgresql pgbouncer patroni python3-pysyncobj dnsmasq-base python3 python3-milter iproute2 procps util-linux
work=$(mktemp -d /var/tmp/postfleet-faults.XXXXXX)
export POSTFLEET_TEST_FULL=1 POSTFLEET_TEST_RESULTS=$work/results POSTFLEET_TEST_LOGS=$work/logs
export DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_NOLOGO=1 MSBUILDDISABLENODEREUSE=1
touch "$POSTFLEET_TEST_RESULTS"
dotnet build tests/EndToEnd -c Release -v quiet >&2

failed=0
for ((round = 1; round <= rounds; round++)); do
  for name in "${names[@]}"; do
    log=$work/$name.$round.out
    echo "round $round: $name" >&2
    if ! dotnet test tests/EndToEnd -c Release --no-build --logger 'console;verbosity=detailed' \
      --filter "FullyQualifiedName~EndToEnd.Tests.Cluster.${class[$name]}" >"$log" 2>&1; then
      failed=1
      echo "FAILED: see $log and $POSTFLEET_TEST_LOGS" >&2
    fi
    grep -E '^ *(Passed|Failed|Skipped) ' "$log" >&2 || true
  done
done

echo "Faults under load, $(git describe --always --dirty 2>/dev/null || echo unknown), $(date -u +%F)"
echo
python3 bench/lib/facts.py "$work" "$(ls /usr/lib/postgresql/*/bin/postgres | sort -V | tail -1)"
echo
echo "| fault | acknowledged | lost | duplicates | mail flows again after, s | remarks |"
echo "| --- | ---: | ---: | ---: | ---: | --- |"
cat "$POSTFLEET_TEST_RESULTS"
[ "$failed" -eq 0 ] || exit 1
rm -rf -- "$work"
