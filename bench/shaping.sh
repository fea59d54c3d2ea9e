#!/usr/bin/env bash
# Scripted mailbox providers (bench/lib/provider.py) that throttle, count connections, greylist, or are away, with Postfleet and Postfix
# side by side, each with its own providers. Postfix has its defaults for concurrency and retries, as Postfleet has. The figures are in
# docs/shaping.md.
set -euo pipefail
cd "$(dirname "$0")/.."
source tools/lib/packages.sh
for part in common postfix postfleet; do source "bench/lib/$part.sh"; done

usage() {
  cat <<'TEXT'
usage: bench/shaping.sh [options]
  --minutes N    how long the mail flows (40)
  --backlog N    messages for each site that limits (30000)
  --servers LIST of postfleet,postfix (both)
  --dir FOLDER   where queues and databases go (/var/tmp)
TEXT
}

minutes=40 backlog=30000 servers=postfleet,postfix dir=/var/tmp concurrency=20
while [ $# -gt 0 ]; do
  case $1 in
    --help) usage; exit 0 ;;
    --minutes | --backlog | --servers | --dir) declare "${1#--}=${2:?$1 needs a value}"; shift 2 ;;
    *) usage >&2; exit 2 ;;
  esac
done

install_missing postfix dnsmasq-base python3 procps
PATH=$PATH:/usr/sbin
make_root "$dir"
build_node
mail_port=$(free_port)
# The names of hosts by which the shipped rules know providers.
declare -A host=([throttle]=drill.olc.protection.outlook.com [connections]=smtp-in.orange.fr [greylist]=mx.greylist.test
  [away]=mx.away.test)
declare -A messages=([throttle]=$backlog [connections]=$backlog [greylist]=2000 [away]=5000)
sites=(throttle connections greylist away)

# providers SERVER NET: starts the providers of a server, on addresses of 127.0.NET.0/24; $provider_pid is their process.
providers() {
  local n=10 site pairs=()
  for site in "${sites[@]}"; do pairs+=("$site=127.0.$2.$((n++))"); done
  start "$root/$1.providers" python3 bench/lib/provider.py "$mail_port" "$root/$1.json" "${pairs[@]}"
  provider_pid=$started
  await 20 "the providers of $1 listen" grep -qs ready "$root/$1.providers"
}

start_dns() {
  local n=10 site options=()
  for site in "${sites[@]}"; do
    options+=("--mx-host=$site.test,${host[$site]},10" "--address=/${host[$site]}/127.0.1.$((n++))")
  done
  dns_port=$(free_port)
  start "$root/dns" dnsmasq --no-daemon --conf-file=/dev/null --no-resolv --no-hosts --listen-address=127.0.0.1 --bind-interfaces \
    --port="$dns_port" --local=/test/ "${options[@]}"
}

start_node() {
  start_dns
  export POSTFLEET_Routes__0__Domain='*' POSTFLEET_Routes__0__To=mx POSTFLEET_Dns__Servers__0=127.0.0.1:$dns_port
  export POSTFLEET_Delivery__Port=$mail_port
  export POSTFLEET_Delivery__MaxMessagesPerConnection=100
  start_postfleet postfleet "$mail_port" "{ \"Provider\": \"sqlite\", \"Path\": \"$root/data\" }"
  port[postfleet]=$postfleet_port
}

# Postfix with the configuration of the relay benchmark, but with the defaults for concurrency, and a way for each domain.
start_peer() {
  local n=10 site ways=
  for site in "${sites[@]}"; do ways+="$site.test smtp:[127.0.2.$((n++))]:$mail_port"$'\n'; done
  start_postfix "$mail_port"
  printf %s "$ways" >"$root/postfix/conf/ways"
  postconf -c "$root/postfix/conf" -e "transport_maps=texthash:$root/postfix/conf/ways" "relayhost="
  postconf -c "$root/postfix/conf" -X initial_destination_concurrency default_destination_concurrency_limit \
    smtp_destination_concurrency_limit smtp_destination_concurrency_failed_cohort_limit max_use
  postfix -c "$root/postfix/conf" reload 2>/dev/null
  port[postfix]=$postfix_port
}

declare -A port provider
for server in ${servers//,/ }; do
  case $server in
    postfleet) providers postfleet 1; start_node ;;
    postfix) providers postfix 2; start_peer ;;
    *) usage >&2; exit 2 ;;
  esac
  provider[$server]=$provider_pid
done
for server in ${servers//,/ }; do
  for site in "${sites[@]}"; do
    smtp-source -N -s 5 -m "${messages[$site]}" -l 1024 -f "sender@bench.test" -t "user@$site.test" "127.0.0.1:${port[$server]}"
  done
  echo "$server has its mail" >&2
done
sleep $((minutes * 60 + 5))
results=()
for server in ${servers//,/ }; do
  kill -TERM "${provider[$server]}"
  await 20 "the results of $server" test -s "$root/$server.json"
  results+=("$server=$root/$server.json")
done
echo "Scripted providers, $minutes minutes, $(date -u +%F), Postfleet $(git describe --always --dirty 2>/dev/null || echo unknown)"
echo
python3 bench/lib/facts.py "$root"
echo
python3 bench/lib/shaping.py "$minutes" "${results[@]}"
if [ -f "$root/postfleet.log" ]; then
  echo
  grep -aE 'destination (slowed|raised|recovered|paused)' "$root/postfleet.log" | cut -c1-220 | head -60 || true
fi
