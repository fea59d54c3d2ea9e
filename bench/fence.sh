#!/usr/bin/env bash
# What a row of the journal costs on PostgreSQL while ever more queues that emptied have left a row there: the journal's real tables, filled by SQL, and the statements of
# the product by pgbench.
set -euo pipefail
cd "$(dirname "$0")/.."
for part in packages common postgres postfleet; do source "bench/lib/$part.sh"; done

usage() {
  cat <<'TEXT'
usage: bench/fence.sh [options] [EMPTY ...]
  EMPTY            how many queues that emptied have left a row (0 100000 1000000); --full adds 10000000, which takes 4 GiB and several minutes
  --rows N         rows of the busy queue (200000)
  --batch N        rows in one transaction (10)
  --reads N        how often a queue's start is read (2000)
  --full           0, 100,000, 1,000,000 and 10,000,000 rows
  --dir FOLDER     where the database goes (/var/tmp)
TEXT
}

rows=200000 batch=10 reads=2000 dir=/var/tmp sizes=()
while [ $# -gt 0 ]; do
  case $1 in
    --help) usage; exit 0 ;;
    --rows | --batch | --reads | --dir) declare "${1#--}=${2:?$1 needs a value}"; shift 2 ;;
    --full) sizes=(0 100000 1000000 10000000); shift ;;
    *[!0-9]*) usage >&2; exit 2 ;;
    *) sizes+=("$1"); shift ;;
  esac
done
[ ${#sizes[@]} -gt 0 ] || sizes=(0 100000 1000000)

install_missing postgresql python3
build_node
make_root "$dir"
programs=$(postgres_programs)
postgres_settings='track_functions = pl'
start_postgres
concurrency=1
configure_postfleet node 9 "{ \"Provider\": \"postgres\", \"ConnectionString\": \"$postgres_connection\", \"Path\": \"$root/node/data\" }"
dotnet "$node_assembly" migrate --config "$root/node/postfleet.json" >"$root/migrate.log" || { cat "$root/migrate.log" >&2; exit 1; }

# The flush to the disk is the same in each row of the table, and would hide what is measured.
export PGOPTIONS='-c synchronous_commit=off'
sql() { as_postgres "$programs/psql" -qAtX -v ON_ERROR_STOP=1 -h "$root/pg" -U postgres -d bench "$@"; }

# time_of FILE TIMES [NAME=VALUE ...]: the mean time of a script's transaction, in microseconds.
time_of() {
  local file=$1 times=$2
  shift 2
  as_postgres "$programs/pgbench" -n -M extended -h "$root/pg" -U postgres -f "$file" -t "$times" "${@/#/-D}" bench >"$root/pgbench.out" 2>&1 || { cat "$root/pgbench.out" >&2; return 1; }
  awk '/latency average/ { print $4 * 1000 }' "$root/pgbench.out"
}

# The rows that queues leave: their last, marked as deleted and without its event.
leave_rows() {
  local first
  sql -c 'ALTER TABLE journal DISABLE TRIGGER journal_fence'
  for ((first = $1 + 1; first <= $2; first += 1000000)); do
    sql -c "INSERT INTO journal (persistence_id, sequence_number, created, message, manifest, identifier, tags, deleted)
      SELECT 'q-d' || i || '.example', 1 + i % 40, $(date +%s)0000000 + i, '', 'qe1', 4053, '', true
      FROM generate_series($first, least($first + 999999, $2)) AS i"
  done
  sql -c 'ALTER TABLE journal ENABLE TRIGGER journal_fence' -c 'VACUUM (ANALYZE) journal' -c 'CHECKPOINT'
}

trigger() { sql -c 'SELECT pg_stat_force_next_flush()' -c "SELECT coalesce(sum(calls), 0), coalesce(sum(total_time), 0) * 1000 FROM pg_stat_user_functions WHERE funcname = 'journal_fence'" | tail -1; }

# The statement of the journal's writer, over arrays, with the events of a busy queue: 1 KiB a row.
cat >"$root/write.sql" <<'TEXT'
\set from :n + 1
\set n :n + :batch
INSERT INTO journal (persistence_id, sequence_number, created, message, manifest, identifier, tags, deleted)
SELECT r.*, '', false FROM unnest(
  array_fill('q-busy.example'::text, ARRAY[:batch::integer]), ARRAY(SELECT generate_series(:from::bigint, :n::bigint)), array_fill(1::bigint, ARRAY[:batch::integer]),
  array_fill(decode(repeat('5a', 1024), 'hex'), ARRAY[:batch::integer]), array_fill('qe1'::text, ARRAY[:batch::integer]), array_fill(4053, ARRAY[:batch::integer])) AS r;
TEXT
# Those of its reader (pgbench takes each colon for a variable, so that the ids have none): for the busy queue, and for one that never was.
reader=src/Node/Cluster/JournalReader.cs
highest=$(sed -n 's/^ *\$"\(SELECT sequence_number FROM {table}.*\)",$/\1/p' "$reader" | sed 's/{table}/journal/')
[ -n "$highest" ] || { echo "$reader: no statement for the highest number" >&2; exit 1; }
echo "${highest/@id/"'q-busy.example'"};" >"$root/highest.sql"
printf '%s\n' '\set i random(1, 1000000000)' "${highest/@id/"'q-new' || :i::text"};" >"$root/new.sql"
chmod 644 "$root"/*.sql

echo "| empty queues | first rows, us a row | last rows, us a row | ratio | of it the fence, us | highest number, us | of a new queue, us | replay of the busy queue, s | journal and indexes, MiB |"
echo "| ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: |"
present=0 base=
quarter=$((rows / 4 / batch))
for size in "${sizes[@]}"; do
  [ "$size" -le "$present" ] || leave_rows "$present" "$size"
  present=$size
  # Once more than is counted: pages that were never read before are no cost of the rule.
  time_of "$root/new.sql" "$reads" >"$root/warm"
  before=$(trigger)
  times=()
  for part in 0 1 2 3; do times+=("$(time_of "$root/write.sql" "$quarter" n=$((part * quarter * batch)) batch="$batch")"); done
  after=$(trigger)
  on_highest=$(time_of "$root/highest.sql" "$reads") on_new=$(time_of "$root/new.sql" "$reads")
  replay=$( { time -p sql -o /dev/null -c "SELECT sequence_number, created, message, manifest, identifier FROM journal WHERE persistence_id = 'q-busy.example'
    AND sequence_number >= 0 AND sequence_number <= 9223372036854775807 AND NOT deleted ORDER BY sequence_number LIMIT 9223372036854775807"; } 2>&1 | awk '/^real/ { print $2 }')
  octets=$(sql -c "SELECT pg_total_relation_size('journal')")
  base=${base:-${times[3]}}
  python3 - "$size" "$batch" "${times[0]}" "${times[3]}" "$base" "$before" "$after" "$on_highest" "$on_new" "$replay" "$octets" <<'PY'
import sys
size, batch, first, last, base = int(sys.argv[1]), int(sys.argv[2]), *map(float, sys.argv[3:6])
(calls, spent), (calls_after, spent_after) = (map(float, text.split("|")) for text in sys.argv[6:8])
highest, new, replay, octets = map(float, sys.argv[8:])
fence = (spent_after - spent) / (calls_after - calls)
print(f"| {size:,} | {first / batch:.1f} | {last / batch:.1f} | {last / base:.2f} | {fence:.1f} | {highest:.0f} | {new:.0f} | {replay:.2f} | {octets / 2**20:,.0f} |", flush=True)
PY
  sql -c "DELETE FROM journal WHERE persistence_id = 'q-busy.example'" -c 'VACUUM (ANALYZE) journal'
done
