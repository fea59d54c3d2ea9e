# Sourced. A separate Postfix instance below $root: its configuration, queue and log; the system's Postfix is not touched.

# start_postfix SINK_PORT: sets $postfix_port to the port of its listener.
start_postfix() {
  local home=$root/postfix daemons
  if [ "$(id -u)" -ne 0 ]; then
    echo "Postfix's master can only be started by root; leave it out with --legs" >&2
    return 1
  fi
  daemons=$(postconf -dh daemon_directory 2>/dev/null)
  postfix_port=$(free_port)
  mkdir -p "$home/conf" "$home/queue" "$home/data" "$home/log"
  chown postfix "$home/data"
  local file
  for file in main.cf master.cf; do
    sed -e "s|@ROOT@|$home|g; s|@DAEMONS@|$daemons|g; s|@SINK@|$1|g" \
      -e "s|@PORT@|127.0.0.1:$postfix_port|g; s|@CONCURRENCY@|$concurrency|g" "bench/postfix/$file" >"$home/conf/$file"
  done
  postfix -c "$home/conf" check
  start "$root/postfix.out" env MAIL_CONFIG="$home/conf" "$daemons/master" -s -c "$home/conf"
  postfix_pid=$started
  await 30 "Postfix listens" listens "$postfix_port" || { cat "$home/log/mail.log" "$root/postfix.out" >&2; return 1; }
}
