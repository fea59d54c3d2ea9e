#!/usr/bin/env bash
# Runs the simulation with fresh seeds for a given time: prints each failure with its shortest trace, and the steps taken.
set -euo pipefail
cd "$(dirname "$0")/.."

usage() {
  cat <<'TEXT'
usage: bench/simulate.sh [TIME] [--seed FIRST] [--jobs N]
  TIME          how long: 30s, 10m, 8h (10m)
  --seed FIRST  the first seed (chance); each run takes the next one
  --jobs N      processes beside each other, each with its own seeds (one for each processor)
The exit code is 1 when a promise was broken. One seed again:  bench/simulate.sh 1s --seed SEED --jobs 1
TEXT
}

time=10m seed= jobs=$(nproc)
while [ $# -gt 0 ]; do
  case $1 in
    --help) usage; exit 0 ;;
    --seed) seed=${2:?--seed needs a value}; shift 2 ;;
    --jobs) jobs=${2:?--jobs needs a value}; shift 2 ;;
    [0-9]*) time=$1; shift ;;
    *) usage >&2; exit 2 ;;
  esac
done

case $time in
  *s) seconds=${time%s} ;;
  *m) seconds=$((${time%m} * 60)) ;;
  *h) seconds=$((${time%h} * 3600)) ;;
  *) usage >&2; exit 2 ;;
esac

dotnet build tests/Simulation -c Release -v quiet --nologo
first=${seed:-$((SRANDOM % 2000000000))}
pids=()
trap '((${#pids[@]} == 0)) || kill "${pids[@]}" 2>/dev/null || true' EXIT
for ((job = 0; job < jobs; job++)); do
  dotnet tests/Simulation/bin/Release/net10.0/Postfleet.Simulation.Tests.dll "$seconds" $(((first + job * 10000000) % 2147483647)) &
  pids+=($!)
done

failed=0
for pid in "${pids[@]}"; do wait "$pid" || failed=1; done
pids=()
exit "$failed"
