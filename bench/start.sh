#!/usr/bin/env bash
# The start of a published node with and without code compiled ahead of time (ReadyToRun), on embedded storage.
set -euo pipefail
cd "$(dirname "$0")/.."
source tools/lib/packages.sh

usage() {
  cat <<'TEXT'
usage: bench/start.sh [options] [PORTABLE COMPILED]
  PORTABLE COMPILED  folders of packaging/publish.sh, with READY_TO_RUN=false and without; by default, they are made
  --rounds N         starts of each (5)
TEXT
}

rounds=5 folders=()
while [ $# -gt 0 ]; do
  case $1 in
    --help) usage; exit 0 ;;
    --rounds) rounds=${2:?$1 needs a value}; shift 2 ;;
    -*) usage >&2; exit 2 ;;
    *) folders+=("$1"); shift ;;
  esac
done
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
install_missing python3 git
case ${#folders[@]} in
  0)
    mkdir "$work/source"
    git archive HEAD | tar -x -C "$work/source"
    folders=("$work/portable" "$work/compiled")
    READY_TO_RUN=false packaging/publish.sh "$work/source" 0.0.0 "${folders[0]}"
    packaging/publish.sh "$work/source" 0.0.0 "${folders[1]}"
    ;;
  2) ;;
  *) usage >&2; exit 2 ;;
esac
python3 bench/lib/start.py "$rounds" "$work" "${folders[@]}"
