#!/usr/bin/env bash
# The cost of silent connections: the memory of one node before and after, for each way to connect.
set -euo pipefail
cd "$(dirname "$0")/.."
source tools/lib/packages.sh
for part in common postgres postfleet; do source "bench/lib/$part.sh"; done

usage() {
  cat <<'TEXT'
usage: bench/idle.sh [options] [MANNER ...]
  MANNER           plain, starttls, tls12, tls13 (all of them, each with a node of its own)
  --connections N  how many are open at the same time (10000)
  --types N        also the N types that hold most managed memory then
  --dir FOLDER     where queues go (/var/tmp)
TEXT
}

connections=10000 types=0 dir=/var/tmp manners=()
while [ $# -gt 0 ]; do
  case $1 in
    --help) usage; exit 0 ;;
    --connections | --types | --dir) declare "${1#--}=${2:?$1 needs a value}"; shift 2 ;;
    plain | starttls | tls12 | tls13) manners+=("$1"); shift ;;
    *) usage >&2; exit 2 ;;
  esac
done
[ ${#manners[@]} -gt 0 ] || manners=(plain starttls tls12 tls13)

install_missing python3 openssl procps
ulimit -n $((connections + 1000)) 2>/dev/null || { echo "more open files are needed: ulimit -n $((connections + 1000))" >&2; exit 1; }
build_tools
build_node
make_root "$dir"

openssl req -x509 -newkey rsa:2048 -nodes -days 30 -subj /CN=idle.test -keyout "$root/key.pem" -out "$root/cert.pem" 2>/dev/null
concurrency=5
export POSTFLEET_Smtp__MaxConnections=100000 POSTFLEET_Smtp__MaxConnectionsPerAddress=100000 POSTFLEET_Smtp__MaxConnectionsPerNetwork=100000
export POSTFLEET_Tls__Certificate=$root/cert.pem POSTFLEET_Tls__Key=$root/key.pem

resident() { awk '/^RssAnon/ { print $2 * 1024 }' "/proc/$1/status"; }
managed() { dotnet "$tool_assembly" heap --pid "$postfleet_pid" "$@"; }

# hold MANNER COUNT: opens connections; $held is the process holding them.
hold() {
  start "$root/idle.log" python3 bench/lib/idle.py 127.0.0.1 "${postfleet_port}" "$2" "$1"
  held=$started
  await 300 "all connections are greeted" grep -sq open "$root/idle.log" || { tail -3 "$root/idle.log" >&2; return 1; }
}

printf '%-9s %12s %14s %14s %12s %12s\n' manner connections 'before, MiB' 'after, MiB' 'KiB each' 'managed each'
for manner in "${manners[@]}"; do
  # The listener with implicit TLS for two of the manners.
  case $manner in tls*) listener_settings='"ImplicitTls": true' ;; *) listener_settings= ;; esac
  start_postfleet "$manner" 9 "{ \"Provider\": \"sqlite\", \"Path\": \"$root/$manner/data\" }"
  # Code compiled and loaded for the first connections is no cost of a connection.
  hold "$manner" 200
  stop "$held"
  sleep 1
  managed_before=$(managed | head -1) before=$(resident "$postfleet_pid")
  hold "$manner" "$connections"
  sleep 2
  report=$(managed --types "$types") after=$(resident "$postfleet_pid")
  python3 - "$manner" "$connections" "$before" "$after" "$managed_before" "$(head -1 <<<"$report")" <<'PY'
import json
import sys
manner, count, before, after = sys.argv[1], int(sys.argv[2]), int(sys.argv[3]), int(sys.argv[4])
managed = json.loads(sys.argv[6])["managed"] - json.loads(sys.argv[5])["managed"]
print(f"{manner:<9} {count:>12} {before / 2**20:>14.0f} {after / 2**20:>14.0f} {(after - before) / count / 1024:>12.1f} {managed / count / 1024:>12.1f}")
PY
  [ "$types" = 0 ] || tail -n +2 <<<"$report"
  stop "$held"
  stop "$postfleet_pid"
done
