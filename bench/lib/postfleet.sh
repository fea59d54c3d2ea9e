# Sourced. A Postfleet node below $root: its configuration file, data folder and log.

node_assembly=src/Node/bin/Release/net10.0/postfleet.dll

# The address after "endpoint=" in the first log line that contains the text.
logged_endpoint() { grep -m1 -F "$2" "$1" | sed -n 's/.*endpoint="\{0,1\}\([^ "]*\).*/\1/p'; }

ready() {
  local endpoint
  kill -0 "$2" 2>/dev/null || { echo "the node ended:" >&2; tail -20 "$1" >&2; exit 1; }
  endpoint=$(logged_endpoint "$1" "admin listening ")
  [ -n "$endpoint" ] &&
    python3 -c 'import sys, urllib.request; urllib.request.urlopen(sys.argv[1], timeout=5)' "http://$endpoint/healthz/ready" 2>/dev/null
}

# start_postfleet NAME SINK_PORT STORAGE_JSON: $listener_settings has more JSON for its listener; port and process id come back in $postfleet_port and $postfleet_pid.
start_postfleet() {
  local home=$root/$1 log=$root/$1.log
  mkdir -p "$home"
  cat >"$home/postfleet.json" <<JSON
{
  "Node": { "Hostname": "postfleet.bench.test" },
  "Cluster": { "Host": "127.0.0.1", "Port": 0, "Seeds": [] },
  "Storage": $3,
  "Listeners": [ { "Endpoint": "127.0.0.1:0", "Service": "relay"${listener_settings:+, $listener_settings} } ],
  "Routes": [ { "Domain": "*", "To": "smtp://127.0.0.1:$2" } ],
  "Delivery": { "MaxConnectionsPerSite": $concurrency, "MaxMessagesPerConnection": 100000 },
  "Admin": { "Endpoint": "127.0.0.1:0" }
}
JSON
  start "$log" dotnet "$node_assembly" serve --config "$home/postfleet.json"
  postfleet_pid=$started
  await 60 "Postfleet is ready" ready "$log" "$postfleet_pid" || { tail -20 "$log" >&2; return 1; }
  postfleet_port=$(logged_endpoint "$log" "listening service=relay ")
  postfleet_port=${postfleet_port##*:}
}
