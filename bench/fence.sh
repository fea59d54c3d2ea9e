#!/usr/bin/env bash
# The cost of a row of the journal on PostgreSQL with a growing number of rows left by emptied queues: the journal's real tables, filled by SQL, and the statements of
# the product by pgbench.
set -euo pipefail
cd "$(dirname "$0")/.."
source tools/lib/packages.sh
for part in common postgres postfleet; do source "bench/lib/$part.sh"; done

usage() {
  cat <<'TEXT'
usage: bench/fence.sh [options] [EMPTY ...]
  EMPTY            how many queues that emptied have left a row (0 100000 1000000); --full adds 10000000, which takes 4 GiB and some minutes
  --rows N         rows of the busy queue (200000)
  --batch N        rows in one transaction (10)
  --reads N        how often a queue's highest number is asked for (5000)
  --full           0, 100,000, 1,000,000 and 10,000,000 rows
  --dir FOLDER     where the database goes (/var/tmp)
TEXT
}

rows=200000 batch=10 reads=5000 dir=/var/tmp sizes=()
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
# Vacuum runs where the script says so.
postgres_settings='autovacuum = off'
start_postgres
server=$started
concurrency=1
configure_postfleet node 9 "{ \"Provider\": \"postgres\", \"ConnectionString\": \"$postgres_connection\", \"Path\": \"$root/node/data\" }"
dotnet "$node_assembly" migrate --config "$root/node/postfleet.json" >"$root/migrate.log" || { cat "$root/migrate.log" >&2; exit 1; }

# The flush to the disk is the same in each row of the table, and would hide the measured cost.
export PGOPTIONS='-c synchronous_commit=off'
sql() { as_postgres "$programs/psql" -qAtX -v ON_ERROR_STOP=1 -h "$root/pg" -U postgres -d bench "$@"; }

# Processor time of the ended processes of the server, in microseconds. Times on the clock would say more about the other work of the machine.
server_cpu() { awk -v hertz="$(getconf CLK_TCK)" '{ sub(/.*\) /, ""); split($0, field, " "); print (field[14] + field[15]) * 1e6 / hertz }' "/proc/$server/stat"; }

# cost_of FILE TIMES [NAME=VALUE ...]: the server's processor time for a script's transaction, in microseconds.
cost_of() {
  local file=$1 times=$2 before
  shift 2
  before=$(server_cpu)
  as_postgres "$programs/pgbench" -n -M extended -h "$root/pg" -U postgres -f "$file" -t "$times" "${@/#/-D}" bench >"$root/pgbench.out" 2>&1 || { cat "$root/pgbench.out" >&2; return 1; }
  # The session's process ends just after its client.
  sleep 0.5
  awk -v before="$before" -v after="$(server_cpu)" -v times="$times" 'BEGIN { print (after - before) / times }'
}

# The rows left by queues: the last row of each, marked as deleted and without its event.
leave_rows() {
  local first
  sql -c 'ALTER TABLE journal DISABLE TRIGGER journal_fence'
  for ((first = $1 + 1; first <= $2; first += 1000000)); do
    sql -c "INSERT INTO journal (persistence_id, sequence_number, created, message, manifest, identifier, tags, deleted)
      SELECT 'q-d' || i || '.example', 1 + i % 40, $(date +%s)0000000 + i, '', 'qe1', 4053, '', true
      FROM generate_series($first, least($first + 999999, $2)) AS i"
  done
  sql -c 'CHECKPOINT'
}

# The statement of the journal's writer, over arrays, with the events of a busy queue: 1 KiB a row.
cat >"$root/write.sql" <<'TEXT'
\set from :n + 1
\set n :n + :batch
INSERT INTO journal (persistence_id, sequence_number, created, message, manifest, identifier, tags, deleted)
SELECT r.*, '', false FROM unnest(
  array_fill('q-busy.example'::text, ARRAY[:batch::integer]), ARRAY(SELECT generate_series(:from::bigint, :n::bigint)), array_fill(1::bigint, ARRAY[:batch::integer]),
  array_fill(decode(repeat('5a', 1024), 'hex'), ARRAY[:batch::integer]), array_fill('qe1'::text, ARRAY[:batch::integer]), array_fill(4053, ARRAY[:batch::integer])) AS r;
TEXT
# The statements of the journal's reader (pgbench takes each colon for a variable, so the ids have none): for the busy queue, and for an unknown queue.
highest() {
  echo "SELECT (SELECT sequence_number FROM journal WHERE persistence_id = $1 ORDER BY persistence_id DESC, sequence_number DESC LIMIT 1),"
  echo "  (SELECT number FROM journal_floor WHERE journal = 'journal');"
}
highest "'q-busy.example'" >"$root/highest.sql"
{ echo '\set i random(1, 1000000000)'; highest "'q-new' || :i::text"; } >"$root/new.sql"
# All events of the busy queue, as its start reads them.
cat >"$root/events.sql" <<'TEXT'
SELECT sequence_number, created, message, manifest, identifier FROM journal WHERE persistence_id = 'q-busy.example'
  AND sequence_number >= 0 AND sequence_number <= 9223372036854775807 AND NOT deleted ORDER BY sequence_number LIMIT 9223372036854775807;
TEXT
chmod 644 "$root"/*.sql

echo "Processor time of the server, in microseconds."
echo
echo "| empty queues | a row, first quarter | a row, last quarter | ratio to the first line | of it the fence | highest number | of a new queue | events of the busy queue, a row | journal with indexes, MiB |"
echo "| ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: |"
# The most expensive case: the busy queue is older than the floor, so each of its rows also reads the row before it.
sql -c 'UPDATE journal_floor SET number = 1::bigint << 40'
begin_busy() {
  sql -c "DELETE FROM journal WHERE persistence_id = 'q-busy.example'" -c 'VACUUM (ANALYZE) journal' -c 'ALTER TABLE journal DISABLE TRIGGER journal_fence' -c "
    INSERT INTO journal (persistence_id, sequence_number, created, message, manifest, identifier, tags, deleted) VALUES ('q-busy.example', 0, 1, '', 'qe1', 4053, '', false)"
  [ "$1" != fenced ] || sql -c 'ALTER TABLE journal ENABLE TRIGGER journal_fence'
}

present=0 base=
quarter=$((rows / 4 / batch))
for size in "${sizes[@]}"; do
  [ "$size" -le "$present" ] || leave_rows "$present" "$size"
  present=$size
  # One uncounted run first: reading uncached pages is no cost of the rule.
  cost_of "$root/new.sql" "$reads" >"$root/warm"
  begin_busy fenced
  costs=()
  for part in 0 1 2 3; do costs+=("$(cost_of "$root/write.sql" "$quarter" n=$((part * quarter * batch)) batch="$batch")"); done
  on_highest=$(cost_of "$root/highest.sql" "$reads") on_new=$(cost_of "$root/new.sql" "$reads") on_events=$(cost_of "$root/events.sql" 3)
  octets=$(sql -c "SELECT pg_total_relation_size('journal')")
  # The same rows once more without the fence.
  begin_busy bare
  bare=()
  for part in 0 1 2 3; do bare+=("$(cost_of "$root/write.sql" "$quarter" n=$((part * quarter * batch)) batch="$batch")"); done
  base=${base:-${costs[3]}}
  python3 - "$size" "$batch" "$base" "$on_highest" "$on_new" "$on_events" "$rows" "$octets" "${costs[@]}" "${bare[@]}" <<'PY'
import sys
size, batch, base, highest, new, events, rows, octets = map(float, sys.argv[1:9])
costs, bare = [[float(cost) / batch for cost in part] for part in (sys.argv[9:13], sys.argv[13:17])]
print(f"| {size:,.0f} | {costs[0]:.1f} | {costs[3]:.1f} | {costs[3] * batch / base:.2f} | {(sum(costs) - sum(bare)) / 4:.1f} | {highest:.0f} | {new:.0f} | "
      f"{events / rows:.2f} | {octets / 2**20:,.0f} |", flush=True)
PY
done
