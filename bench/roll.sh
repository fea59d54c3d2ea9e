#!/usr/bin/env bash
# The rendered chart as processes under load: scaling and an upgrade, and an earlier version beside this one. Full sizes; takes some minutes.
set -euo pipefail
cd "$(dirname "$0")/.."
source tools/lib/packages.sh

usage() {
  cat <<TEXT
usage: bench/roll.sh [--rounds N] [SCENARIO ...]
  SCENARIO    scale, versions; without one, both
  --rounds N  how often each (1)
Needs root (network namespaces) and npm (Helm). The earlier version is the commit before the chart, or POSTFLEET_TEST_EARLIER.
TEXT
}

declare -A class=([scale]=RolloutTests [versions]=VersionTests)

rounds=1 names=()
while [ $# -gt 0 ]; do
  case $1 in
    --help) usage; exit 0 ;;
    --rounds) rounds=${2:?--rounds needs a value}; shift 2 ;;
    *)
      [ -n "${class[$1]:-}" ] || { usage >&2; exit 2; }
      names+=("$1"); shift ;;
  esac
done
[ ${#names[@]} -gt 0 ] || names=(scale versions)

install_missing postgresql iproute2 procps util-linux git
command -v npm >/dev/null || install_missing nodejs npm
work=$(mktemp -d /var/tmp/postfleet-roll.XXXXXX)
export POSTFLEET_TEST_FULL=1 POSTFLEET_TEST_RESULTS=$work/results
export DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_NOLOGO=1 MSBUILDDISABLENODEREUSE=1
touch "$POSTFLEET_TEST_RESULTS"
dotnet build tests/Kubernetes -c Release -v quiet >&2

failed=0
for ((round = 1; round <= rounds; round++)); do
  for name in "${names[@]}"; do
    log=$work/$name.$round.out
    echo "round $round: $name" >&2
    if ! dotnet test tests/Kubernetes -c Release --no-build --logger 'console;verbosity=detailed' \
      --filter "FullyQualifiedName~Kubernetes.Tests.Rollout.${class[$name]}" >"$log" 2>&1; then
      failed=1
      echo "FAILED: see $log" >&2
    fi
    grep -E '^ *(Passed|Failed|Skipped) |failures of clients' "$log" | sort -u >&2 || true
  done
done

echo "| rollout | acknowledged | lost | duplicates | failures of clients | kept connections closed | pods ended | slowest end, s | time, s |"
echo "| --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: |"
cat "$POSTFLEET_TEST_RESULTS"
[ "$failed" -eq 0 ] || exit 1
rm -rf -- "$work"
