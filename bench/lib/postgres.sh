# Sourced. A separate PostgreSQL server below $root, on a unix socket only; fsync stays on.

as_postgres() {
  if [ "$(id -u)" -eq 0 ]; then setpriv --reuid postgres --regid postgres --init-groups -- "$@"; else "$@"; fi
}

# The folder of the newest server programs, which Debian keeps out of PATH.
postgres_programs() {
  local newest
  newest=$(ls -d /usr/lib/postgresql/*/bin 2>/dev/null | sort -V | tail -1)
  [ -n "$newest" ] && echo "$newest" || dirname "$(command -v postgres)"
}

# start_postgres: $postgres_settings has more of its configuration; sets $postgres_connection, the connection string of its database.
start_postgres() {
  local programs home=$root/pg switch=()
  programs=$(postgres_programs)
  mkdir -p "$home"
  if [ "$(id -u)" -eq 0 ]; then
    chown postgres "$home"
    switch=(setpriv --reuid postgres --regid postgres --init-groups --pdeathsig INT --)
  fi
  as_postgres "$programs/initdb" -D "$home/data" -U postgres -A trust -E UTF8 --locale=C >"$root/initdb.out"
  cat >>"$home/data/postgresql.conf" <<CONF
listen_addresses = ''
unix_socket_directories = '$home'
max_connections = 200
fsync = on
synchronous_commit = on
full_page_writes = on
shared_buffers = 256MB
max_wal_size = 4GB
${postgres_settings:-}
CONF
  start "$root/postgres.out" "${switch[@]}" "$programs/postgres" -D "$home/data"
  await 30 "PostgreSQL accepts" as_postgres "$programs/psql" -q -h "$home" -U postgres -c 'CREATE DATABASE bench' 2>/dev/null ||
    { cat "$root/postgres.out" >&2; return 1; }
  postgres_server="Host=$home;Port=5432;Username=postgres"
  postgres_connection="$postgres_server;Database=bench"
}

# create_database NAME: on that server, if it is missing.
create_database() {
  as_postgres "$(postgres_programs)/psql" -q -h "$root/pg" -U postgres -c "CREATE DATABASE \"$1\"" 2>/dev/null || true
}
