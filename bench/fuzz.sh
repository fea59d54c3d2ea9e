#!/usr/bin/env bash
# Fuzzes the SMTP session, replies of filters, the reply parser, and the readers of credentials, messages and key records for a given time, from the inputs in
# tests/*/Fuzz/Corpus. A finding is printed with its input.
set -euo pipefail
cd "$(dirname "$0")/.."

usage() {
  cat <<'TEXT'
usage: bench/fuzz.sh [TIME] [--seed SEED]
  TIME         how long each: 30s, 10m, 1h (10m)
  --seed SEED  the same inputs in the same order again (chance)
The exit code is 1 when something was found. Add its input to the corpus with the repair.
TEXT
}

time=10m
while [ $# -gt 0 ]; do
  case $1 in
    --help) usage; exit 0 ;;
    --seed) export POSTFLEET_TEST_SEED=${2:?--seed needs a value}; shift 2 ;;
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

export POSTFLEET_FUZZ_TIME=$seconds
code=0
for project in Frontend Delivery Authentication; do
  dotnet build "tests/$project" -c Release -v quiet --nologo
  dotnet test "tests/$project/$project.Tests.csproj" -c Release --no-build --filter "FullyQualifiedName~.Fuzz." --logger "console;verbosity=detailed" || code=1
done
exit "$code"
