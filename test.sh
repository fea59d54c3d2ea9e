#!/usr/bin/env bash
# Installs what is missing (Debian packages), builds with warnings as errors, checks formatting, runs every test.
# The last line is "N passed, N failed"; the exit code is 0 only when nothing failed.
# usage: ./test.sh [PROJECT ...]     for example ./test.sh Core Spool; without names, all of tests/
set -euo pipefail
cd "$(dirname "$0")"
source bench/lib/packages.sh

export DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_NOLOGO=1 MSBUILDDISABLENODEREUSE=1
# One project may take this long; one test within it may hang this long.
project_limit=12m
hang_limit=5m

work=$(mktemp -d)
passed=0
failed=0

finish() {
  local code=$?
  rm -rf "$work"
  # A command that failed outside of step() must not look like success.
  if [ "$code" -ne 0 ] && [ "$failed" -eq 0 ]; then failed=1; fi
  echo "$passed passed, $failed failed"
  [ "$failed" -eq 0 ] || exit 1
}
trap finish EXIT

step() {
  local what=$1
  shift
  echo "== $what"
  if ! "$@"; then
    echo "== $what FAILED"
    failed=$((failed + 1))
    return 1
  fi
}

# The changed and untracked files; a run must not add to them.
tree_state() { git status --porcelain 2>/dev/null || true; }

run_project() {
  local project=$1 name code=0 counters="" p f
  name=$(basename "$project" .csproj)
  echo "== test $name"
  timeout --kill-after=10s "$project_limit" dotnet test "$project" -c Release --no-build \
    --results-directory "$work/$name" --logger "trx;LogFileName=$name.trx" \
    --blame-hang-timeout "$hang_limit" --blame-hang-dump-type none || code=$?

  if [ -f "$work/$name/$name.trx" ]; then
    counters=$(grep -o '<Counters [^>]*>' "$work/$name/$name.trx" || true)
  fi
  p=$(sed -n 's/.* passed="\([0-9]*\)".*/\1/p' <<<"$counters")
  f=$(sed -n 's/.* failed="\([0-9]*\)".*/\1/p' <<<"$counters")
  passed=$((passed + ${p:-0}))
  failed=$((failed + ${f:-0}))
  if [ "$(( ${p:-0} + ${f:-0} ))" -eq 0 ]; then
    echo "== $name ran no test"
    failed=$((failed + 1))
  elif [ "$code" -ne 0 ] && [ "${f:-0}" -eq 0 ]; then
    echo "== $name ended with code $code although no test failed: it crashed or took too long"
    failed=$((failed + 1))
  fi
}

before=$(tree_state)

install_missing postfix swaks dnsmasq-base postgresql python3 openssl iproute2 procps
step restore dotnet restore Cluster.sln || exit 1
step build dotnet build Cluster.sln -c Release --no-restore -warnaserror || exit 1
step format dotnet format Cluster.sln --verify-no-changes --no-restore || true

if [ $# -gt 0 ]; then
  projects=()
  for name in "$@"; do projects+=("tests/$name/$name.Tests.csproj"); done
else
  projects=(tests/*/*.Tests.csproj)
fi
for project in "${projects[@]}"; do run_project "$project"; done

if [ "$(tree_state)" != "$before" ]; then
  echo "== the run left files in the tree:"
  tree_state
  failed=$((failed + 1))
fi
