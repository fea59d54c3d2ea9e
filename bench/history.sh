#!/usr/bin/env bash
# Fills the history of each engine with events of a week, and times searches; measures the processor time of writing. The figures are in
# docs/benchmarks.md.
set -euo pipefail
cd "$(dirname "$0")/.."
source tools/lib/packages.sh
for part in common postgres; do source "bench/lib/$part.sh"; done

usage() {
  cat <<'TEXT'
usage: bench/history.sh [options]
  --engines LIST   of sqlite,postgres (default: both)
  --events N       events, two a message (10000000); 0 for no searches
  --rounds N       rounds of the processor time of a message in the spool: without a history, with it, with an idempotency key (20; 0: none)
  --dir FOLDER     where the files go; must be on the disk that is to be measured (/var/tmp)
TEXT
}

engines=sqlite,postgres events=10000000 rounds=20 dir=/var/tmp
while [ $# -gt 0 ]; do
  case $1 in
    --help) usage; exit 0 ;;
    --engines | --events | --rounds | --dir) declare "${1#--}=${2:?$1 needs a value}"; shift 2 ;;
    *) usage >&2; exit 2 ;;
  esac
done

export DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_NOLOGO=1
make_root "$dir"
project=bench/Postfleet.Benchmarks
dotnet build "$project" -c Release -v quiet --nologo -nodeReuse:false
assembly=$(ls "$project"/bin/Release/net10.0/*Benchmarks.dll | head -1)
for engine in ${engines//,/ }; do
  echo "$engine"
  place=$root/$engine
  if [ "$engine" = postgres ]; then
    install_missing postgresql
    start_postgres
    place=$postgres_connection
  fi
  # Idle threads that spin cost nothing while there is other work, so they are left out.
  [ "$rounds" = 0 ] || DOTNET_ThreadPool_UnfairSemaphoreSpinLimit=0 dotnet "$assembly" cost "$engine" "$place" "$rounds" | sed 's/^/  /'
  [ "$events" = 0 ] || dotnet "$assembly" history "$engine" "$place" "$events" | sed 's/^/  /'
done
