#!/usr/bin/env bash
# The micro benchmarks: time and allocated bytes of the parts, in short runs, as one table.
# usage: bench/micro.sh [FILTER]     a class or a pattern: Spool, '*Session*'; without FILTER, all (about 5 minutes)
# PF_POSTGRES=CONNECTION_STRING adds PostgreSQL to the benchmarks of the spool; TMPDIR is the folder of its SQLite files.
set -euo pipefail
cd "$(dirname "$0")/.."
case ${1:-} in
  --help) sed -n '2,4s/^# //p' "$0"; exit 0 ;;
  '') filter='*' ;;
  *'*'*) filter=$1 ;;
  *) filter="*$1*" ;;
esac

export DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_NOLOGO=1 TMPDIR=${TMPDIR:-/var/tmp}
dotnet build bench/Postfleet.Benchmarks -c Release -v quiet --nologo -nodeReuse:false
work=$(mktemp -d)
trap 'rm -rf -- "$work"' EXIT
if ! dotnet bench/Postfleet.Benchmarks/bin/Release/net10.0/Postfleet.Benchmarks.dll --filter "$filter" --artifacts "$work" >"$work/log" 2>&1; then
  tail -40 "$work/log" >&2
  exit 1
fi
grep -hE '^// .*(error|Exception)|^System\.' "$work/log" >&2 || true
cat "$work"/results/*-report-github.md
