#!/usr/bin/env bash
# The effect of a flood of junk from one address on others: honest mail from another address, alone, beside a flood of the node, and beside
# the same flood of another program (the flood's own work takes processor time from all others on a small machine).
set -euo pipefail
cd "$(dirname "$0")/.."
source tools/lib/packages.sh
for part in common postgres postfleet; do source "bench/lib/$part.sh"; done

usage() {
  cat <<'TEXT'
usage: bench/flood.sh [options] [KIND ...]
  KIND           connect   connections that are closed at once
                 early     100 commands before the greeting
                 junk      200 unknown commands
                 refused   30 recipients without a valid address
                 line      a million octets without an end of line
                 smuggle   a message with a second one after a bare line feed
                 tls       a handshake that is dropped after the server's part of it
                 drip      500 connections that send an octet a second
                 denied, listed, greylisted, rated
                           mail of a stranger to 10 recipients that were never seen, at a listener for inbound mail that checks access
                           lists, DNS lists, greylisting or a rate alone; the honest sender is a stranger, too
                 (all of them)
  --rate N       bursts a second (500)
  --seconds N    how long each leg takes (10)
  --dir FOLDER   where queues go (/var/tmp)
TEXT
}

rate=500 seconds=10 dir=/var/tmp kinds=()
while [ $# -gt 0 ]; do
  case $1 in
    --help) usage; exit 0 ;;
    --rate | --seconds | --dir) declare "${1#--}=${2:?$1 needs a value}"; shift 2 ;;
    connect | early | junk | refused | line | smuggle | tls | drip | denied | listed | greylisted | rated) kinds+=("$1"); shift ;;
    *) usage >&2; exit 2 ;;
  esac
done
[ ${#kinds[@]} -gt 0 ] || kinds=(connect early junk refused line smuggle tls drip denied listed greylisted rated)

install_missing postfix python3 openssl procps dnsmasq-base
PATH=$PATH:/usr/sbin
build_node
make_root "$dir"
user=()
[ "$(id -u)" -ne 0 ] || user=(-u nobody)

# start_sink NAME: starts a sink and sets $port.
start_sink() {
  port=$(free_port)
  start "$root/$1.log" smtp-sink "${user[@]}" -c "inet:127.0.0.1:$port" 1024
  await 10 "smtp-sink listens" listens "$port"
}

openssl req -x509 -newkey rsa:2048 -nodes -days 30 -subj /CN=mx.test -keyout "$root/key.pem" -out "$root/cert.pem" 2>/dev/null
export POSTFLEET_Tls__Certificate=$root/cert.pem POSTFLEET_Tls__Key=$root/key.pem
concurrency=10
node=node
declare -A checks=([denied]=access [listed]=dns-lists [greylisted]=greylisting [rated]=rates) ports=()
start_sink sink
start_postfleet "$node" "$port" "{ \"Provider\": \"sqlite\", \"Path\": \"$root/$node/data\" }"
sink=$port
start_sink decoy
decoy=$port

# start_strangers: a node with a listener for inbound mail for each check. The flooder is denied, listed, unknown and too fast; the honest
# sender is none of these once the first mail has come back.
start_strangers() {
  local dns=$(free_port) kind more=()
  start "$root/dns.log" dnsmasq --keep-in-foreground --conf-file=/dev/null --no-resolv --no-hosts --bind-interfaces \
    --listen-address=127.0.0.1 --port="$dns" --local=/test/ --address=/2.0.0.127.bl.test/127.0.0.2
  printf 'deny client 127.0.0.2\n' >"$root/access"
  for kind in "${!checks[@]}"; do
    ports[$kind]=$(free_port)
    more+=("{ \"Endpoint\": \"127.0.0.1:${ports[$kind]}\", \"Service\": \"inbound\", \"Checks\": \"${checks[$kind]}\" }")
  done
  export POSTFLEET_Relay__TrustedNetworks__0=192.0.2.0/24 POSTFLEET_Smtp__GreetingDelay=0s POSTFLEET_Smtp__MaxErrors=1000
  export POSTFLEET_Dns__Servers__0=127.0.0.1:$dns POSTFLEET_Inbound__Domains__0=honest.test POSTFLEET_Inbound__AccessFiles__0=$root/access
  export POSTFLEET_Inbound__DnsLists__0__Zone=bl.test POSTFLEET_Inbound__Rates__0__Count=recipients POSTFLEET_Inbound__Rates__0__Rate=200/s
  export POSTFLEET_Inbound__Greylisting__Delay=1s POSTFLEET_Inbound__Greylisting__Proofs=1
  more_listeners=$(IFS=,; echo "${more[*]}")
  node=strangers
  start_postfleet "$node" "$port" "{ \"Provider\": \"sqlite\", \"Path\": \"$root/$node/data\" }"
}

cpu() { python3 bench/lib/measure.py cpu "$postfleet_pid"; }
memory() { awk '/^RssAnon/ { print int($2 / 1024) }' "/proc/$postfleet_pid/status"; }
mail() { python3 bench/lib/flood.py honest 127.0.0.1 "$mail_port" "$seconds" 0.02; }

# leg NAME PORT KIND: honest mail, beside a flood of kind KIND if PORT is not empty.
leg() {
  local before lines
  before=$(cpu) lines=$(wc -l <"$root/$node.log")
  if [ -n "$2" ]; then start "$root/flood.out" python3 bench/lib/flood.py junk 127.0.0.1 "$2" "$3" "$rate" "$seconds"; fi
  mail >"$root/mail.out"
  [ -z "$2" ] || wait "$started" || true
  [ -n "$2" ] || echo '{"rate": 0}' >"$root/flood.out"
  lines=$(($(wc -l <"$root/$node.log") - lines))
  python3 - "$1" "$root/mail.out" "$root/flood.out" "$(cpu)-$before" "$seconds" "$(memory)" "$lines" <<'PY'
import json
import sys
name, mail, flood, cpu, seconds, memory, lines = sys.argv[1:]
before, after = (float(part) for part in reversed(cpu.split("-")))
mail, flood = json.loads(open(mail).read()), json.loads(open(flood).read().splitlines()[-1])
cells = [name, str(flood["rate"]), str(mail["messages"]), str(mail["failures"])]
cells += [f"{mail[what][0]} / {mail[what][1]}" for what in ("greeting", "rcpt", "dot")]
print("| " + " | ".join(cells + [f"{(after - before) / float(seconds):.0%}", memory, lines]) + " |", *mail["first_failure"])
PY
}

mail_port=$postfleet_port
mail >/dev/null
echo "| flood | bursts/s | honest messages | failures | greeting, ms (p50 / p99) | RCPT, ms | final dot, ms | node's processor | MiB |" \
  "log lines |"
echo "| --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |"
leg none "" ""
for kind in "${kinds[@]}"; do
  if [ -n "${checks[$kind]-}" ]; then
    [ "$node" = strangers ] || { port=$sink; start_strangers; }
    mail_port=${ports[$kind]}
    mail >/dev/null
    leg "none ($kind)" "" ""
    leg "$kind" "$mail_port" "$kind"
    continue
  fi
  [ "$kind" = tls ] || leg "$kind, elsewhere" "$decoy" "$kind"
  leg "$kind" "$mail_port" "$kind"
done
leg none "" ""
