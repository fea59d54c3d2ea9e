#!/usr/bin/env bash
# The cost of the checks of inbound mail: the same load by the service relay, and by inbound without checks, with SPF and DMARC, and with
# SPF, DKIM (RSA of 2048 bits) and DMARC. Rounds are interleaved, each second one backwards, and each leg is compared with the relay leg of
# its round. The answers of the DNS come from the node's cache, so that the DNS is apart. The figures are in docs/benchmarks.md.
set -euo pipefail
cd "$(dirname "$0")/.."
source tools/lib/packages.sh
for part in common postgres postfleet; do source "bench/lib/$part.sh"; done

usage() {
  cat <<'TEXT'
usage: bench/inbound.sh [options]
  --rounds N       rounds over all legs (5)
  --messages N     messages of a leg (20000)
  --sessions N     connections of the source (50)
  --octets N       octets of a message without its signature (4096)
  --dir FOLDER     where the files go; must be on the disk that is to be measured (/var/tmp)
Legs: relay; none (inbound, Checks none); spf (SPF and DMARC, no signature); dkim (SPF, DKIM and DMARC).
TEXT
}

rounds=5 messages=20000 sessions=50 octets=4096 dir=/var/tmp concurrency=50
while [ $# -gt 0 ]; do
  case $1 in
    --help) usage; exit 0 ;;
    --rounds | --messages | --sessions | --octets | --dir) declare "${1#--}=${2:?$1 needs a value}"; shift 2 ;;
    *) usage >&2; exit 2 ;;
  esac
done

install_missing postgresql python3 python3-dkim procps openssl dnsmasq-base
make_root "$dir"
build_node
build_tools
openssl genrsa -traditional -out "$root/key.pem" 2048 2>/dev/null
dotnet "$tool_assembly" content --octets "$octets" >"$root/content"
/usr/bin/python3 - "$root/key.pem" "$root/content" >"$root/top" <<'PYTHON'
import sys, dkim
key, content = (open(name, "rb").read() for name in sys.argv[1:])
fields = [b"From", b"To", b"Subject", b"Date"]
sys.stdout.buffer.write(dkim.sign(content, b"sel", b"source.test", key, canonicalize=(b"relaxed", b"relaxed"), include_headers=fields))
PYTHON
dns_port=$(free_port)
key=$(openssl rsa -in "$root/key.pem" -pubout -outform DER 2>/dev/null | base64 -w0)
# A text of a TXT record has 255 octets at most.
start "$root/dns.log" dnsmasq --keep-in-foreground --conf-file=/dev/null --no-resolv --no-hosts --user= --bind-interfaces \
  --listen-address=127.0.0.1 --port="$dns_port" --local-ttl=3600 --auth-ttl=3600 \
  --txt-record=source.test,"v=spf1 ip4:127.0.0.0/8 -all" --txt-record=_dmarc.source.test,"v=DMARC1; p=reject" \
  --txt-record=sel._domainkey.source.test,"v=DKIM1; k=rsa; p=${key:0:200}","${key:200}" --local=/test/
export POSTFLEET_Dns__Servers__0=127.0.0.1:$dns_port POSTFLEET_Inbound__Domains__0='*.bench.test' POSTFLEET_Relay__Domains__0='*.bench.test'
export POSTFLEET_Relay__TrustedNetworks__0=192.0.2.1/32 POSTFLEET_Smtp__MaxConnectionsPerAddress=4000
export POSTFLEET_Smtp__MaxConnections=4000 POSTFLEET_Smtp__MaxConnectionsPerNetwork=4000
more_listeners='{ "Endpoint": "127.0.0.1:0", "Service": "inbound", "Checks": "none" }, { "Endpoint": "127.0.0.1:0", "Service": "inbound" }'
first_routes='{ "Domain": "d9.bench.test", "To": "capture" }'
sink_port=$(free_port)
start_postfleet node "$sink_port" "{ \"Provider\": \"sqlite\", \"Path\": \"$root/data\" }"
mapfile -t inbound < <(grep -F "listening service=inbound " "$root/node.log" | sed 's/.*endpoint=127.0.0.1:\([0-9]*\).*/\1/')

# leg NAME MESSAGES: one run; its JSON object goes to standard output.
leg() {
  local to=$postfleet_port options=()
  case $1 in
    none) to=${inbound[0]} ;;
    spf) to=${inbound[1]} ;;
    dkim) to=${inbound[1]} options=(--top "$root/top") ;;
  esac
  python3 bench/lib/leg.py "$1" "$to" "$2" --row "$octets" --server "$postfleet_pid" \
    load dotnet "$tool_assembly" load --sink-port "$sink_port" --octets "$octets" --sessions "$sessions" "${options[@]}"
}

# shows NAME TEXT: the message of a leg has the results.
shows() {
  dotnet "$tool_assembly" load --port "${inbound[1]}" --messages 1 --octets "$octets" --first-domain 9 "${@:2}" >/dev/null
  await 10 "the message has $1" has "$1"
}
has() {
  python3 - "$(logged_endpoint "$root/node.log" "admin listening ")" "$1" <<'PYTHON'
import json, sys, urllib.request
base = f"http://{sys.argv[1]}/api/v1/captured"
last = json.load(urllib.request.urlopen(base))["messages"]
sys.exit(not last or sys.argv[2].encode() not in urllib.request.urlopen(f"{base}/{last[0]['id']}").read())
PYTHON
}

for leg in relay none spf dkim; do leg "$leg" $((messages / 4)) >/dev/null; done
shows "dkim=none"
shows "dkim=pass" --top "$root/top"
shows "dmarc=pass" --top "$root/top"
for ((round = 1; round <= rounds; round++)); do
  # So that no leg always follows the same one.
  if ((round % 2)); then order=(relay none spf dkim); else order=(dkim spf none relay); fi
  for leg in "${order[@]}"; do leg "$leg" "$messages" | tee -a "$root/results" | sed "s/^/round $round: /" >&2; done
done
stop "$postfleet_pid"
echo
python3 bench/lib/facts.py "$root" "$(postgres_programs)/postgres"
echo
python3 bench/lib/table.py <"$root/results"
echo
python3 bench/lib/pairs.py relay <"$root/results"
